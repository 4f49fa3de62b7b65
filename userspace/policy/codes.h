/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stable codes of policy diagnostics: numbers are never reused. The
 * table in policy/README.md has a line for each; a test compares them.
 *
 * Layer 1 (policy).
 */
#ifndef CF_POLICY_CODES_H
#define CF_POLICY_CODES_H

/* X(symbol, code) */
/* clang-format off */
#define CF_POLICY_CODES(X)                    \
	X(CF_P_TEXT_SIZE,          "CF-P001") \
	X(CF_P_TEXT_BYTES,         "CF-P002") \
	X(CF_P_YAML,               "CF-P003") \
	X(CF_P_YAML_FEATURE,       "CF-P004") \
	X(CF_P_DOCUMENTS,          "CF-P005") \
	X(CF_P_DEPTH,              "CF-P006") \
	X(CF_P_DUPLICATE_KEY,      "CF-P007") \
	X(CF_P_KEY_FORM,           "CF-P008") \
	X(CF_P_EMPTY,              "CF-P009") \
	X(CF_P_TYPE,               "CF-P010") \
	X(CF_P_UNKNOWN_KEY,        "CF-P011") \
	X(CF_P_MISSING_KEY,        "CF-P012") \
	X(CF_P_CHOICE,             "CF-P013") \
	X(CF_P_VERSION,            "CF-P014") \
	X(CF_P_NUMBER,             "CF-P015") \
	X(CF_P_NAME,               "CF-P016") \
	X(CF_P_TWICE,              "CF-P017") \
	X(CF_P_RULE_FORM,          "CF-P018") \
	X(CF_P_EXTENDS_ABSENT,     "CF-P020") \
	X(CF_P_EXTENDS_CYCLE,      "CF-P021") \
	X(CF_P_EXTENDS_DEPTH,      "CF-P022") \
	X(CF_P_PATH_RELATIVE,      "CF-P030") \
	X(CF_P_PATH_DOTS,          "CF-P031") \
	X(CF_P_PATH_ROOT,          "CF-P032") \
	X(CF_P_PATH_WILDCARD,      "CF-P033") \
	X(CF_P_PATH_LENGTH,        "CF-P034") \
	X(CF_P_VARIABLE_FORM,      "CF-P035") \
	X(CF_P_VARIABLE_UNKNOWN,   "CF-P036") \
	X(CF_P_VARIABLE_UNSET,     "CF-P037") \
	X(CF_P_VARIABLE_VALUE,     "CF-P038") \
	X(CF_P_ACCESS,             "CF-P040") \
	X(CF_P_PATTERN,            "CF-P041") \
	X(CF_P_PATTERN_LENGTH,     "CF-P042") \
	X(CF_P_FILE_NAME,          "CF-P043") \
	X(CF_P_RULE_TWICE,         "CF-P044") \
	X(CF_P_EXEC_ONLY,          "CF-P045") \
	X(CF_P_DIGEST,             "CF-P046") \
	X(CF_P_PIN_WRITTEN,        "CF-P047") \
	X(CF_P_ADDRESS,            "CF-P050") \
	X(CF_P_HOST_BITS,          "CF-P051") \
	X(CF_P_PORTS,              "CF-P052") \
	X(CF_P_PORTS_FULL,         "CF-P053") \
	X(CF_P_INSIDE_DENY,        "CF-P054") \
	X(CF_P_RULES_FULL,         "CF-P060") \
	X(CF_P_IMAGE_FULL,         "CF-P061") \
	X(CF_P_NAMES_FULL,         "CF-P062") \
	X(CF_P_LAYERS,             "CF-P063") \
	X(CF_P_NETS_FULL,          "CF-P064") \
	X(CF_P_IMAGE,              "CF-P070")
/* clang-format on */

/* Each symbol is an index; cf_policy_code() gives the text. */
enum cf_policy_code {
#define CF_POLICY_CODE_SYMBOL(symbol, code) symbol,
	CF_POLICY_CODES(CF_POLICY_CODE_SYMBOL)
#undef CF_POLICY_CODE_SYMBOL
		_CF_POLICY_CODE_MAX,
};

/* "CF-P012" */
const char *cf_policy_code(enum cf_policy_code code);

#endif /* CF_POLICY_CODES_H */
