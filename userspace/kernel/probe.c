/* SPDX-License-Identifier: Apache-2.0 */
/* What the host has and lacks: for doctor, and before loading. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/magic.h>

#include <bpf/btf.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/fd.h"
#include "kernel/codes.h"
#include "kernel/kernel.h"
#include "kernel/loader.h"
#include "kernel/probe.h"
#include "policy/diag.h"

#define LSM_LIST  "/sys/kernel/security/lsm"
#define LOCKDOWN  "/sys/kernel/security/lockdown"
#define IMA	  "/sys/kernel/security/ima"
#define BTF	  "/sys/kernel/btf/vmlinux"
#define CGROUP	  "/sys/fs/cgroup"
#define BPFFS	  "/sys/fs/bpf"
#define MAX_BYTES 4096
#define MIN_MAJOR 6 /* the kernel floor: design.md section 3 */
#define MIN_MINOR 1

/* include/linux/proc_ns.h PROC_PID_INIT_INO: the initial pid namespace */
#define INITIAL_PID_NAMESPACE 0xEFFFFFFCU

static void find(struct cf_probe_item *item, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void miss(struct cf_probe_item *item, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void find(struct cf_probe_item *item, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(item->found, sizeof(item->found), format, arguments);
	va_end(arguments);
}

/* Says what to do, and that the host cannot enforce without it. */
static void miss(struct cf_probe_item *item, const char *format, ...)
{
	va_list arguments;

	item->state = CF_PROBE_MISSING;
	va_start(arguments, format);
	(void)vsnprintf(item->hint, sizeof(item->hint), format, arguments);
	va_end(arguments);
}

/* A short file's first line. */
static int read_line(const char *path, char **ret_line)
{
	cf_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return cf_errno_negative();
	r = cf_fd_read_all(fd, MAX_BYTES, ret_line, NULL);
	if (r == 0)
		(*ret_line)[strcspn(*ret_line, "\n")] = '\0';
	return r;
}

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += length)
		if ((at == list || at[-1] == ',') && (at[length] == ',' || !at[length]))
			return true;
	return false;
}

static void check_privilege(struct cf_probe_item *item)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
	static const struct {
		unsigned int number;
		const char *name;
	} needed[] = {
		{CAP_SYS_ADMIN, "CAP_SYS_ADMIN"},
		{CAP_BPF, "CAP_BPF"},
		{CAP_PERFMON, "CAP_PERFMON"},
		{CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH"},
		{CAP_SYS_RESOURCE, "CAP_SYS_RESOURCE"},
	};

	if (syscall(SYS_capget, &header, data) < 0) {
		find(item, "cannot be read: %s", strerror(errno));
		miss(item, "run as root in the host's own namespaces");
		return;
	}
	find(item, "uid %u, all capabilities needed", (unsigned int)geteuid());
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		unsigned int number = needed[i].number;

		if (data[number / 32].effective & (1U << (number % 32)))
			continue;
		find(item, "uid %u without %s", (unsigned int)geteuid(), needed[i].name);
		miss(item, "run as root: 'sudo cofferdamd', or 'systemctl start cofferdamd'");
		return;
	}
}

static void check_pid_namespace(struct cf_probe_item *item)
{
	struct stat status;

	if (stat("/proc/self/ns/pid", &status) < 0) {
		find(item, "cannot be read: %s", strerror(errno));
		miss(item, "mount procfs: 'mount -t proc proc /proc'");
	} else if (status.st_ino != INITIAL_PID_NAMESPACE) {
		find(item, "a container's");
		miss(item, "run cofferdamd on the host itself, not in a container");
	} else {
		find(item, "the host's");
	}
}

static void check_kernel(struct cf_probe_item *item)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	/* NOLINTNEXTLINE(cert-err34-c): the kernel's own words */
	if (uname(&name) < 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2) {
		find(item, "unknown");
		miss(item, "use Linux %d.%d or later", MIN_MAJOR, MIN_MINOR);
		return;
	}
	find(item, "%.100s %.60s", name.release, name.machine);
	if (major < MIN_MAJOR || (major == MIN_MAJOR && minor < MIN_MINOR))
		miss(item, "use Linux %d.%d or later", MIN_MAJOR, MIN_MINOR);
}

static void check_btf(struct cf_probe_item *item)
{
	if (access(BTF, R_OK) == 0) {
		find(item, "%s", BTF);
		return;
	}
	find(item, "'%s': %s", BTF, strerror(errno));
	miss(item, "use a kernel built with CONFIG_DEBUG_INFO_BTF=y");
}

static void check_bpf_lsm(struct cf_probe_item *item)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool is_there = btf && btf__find_by_name_kind(btf, "bpf_lsm_file_open", BTF_KIND_FUNC) > 0;

	btf__free(btf);
	find(item, is_there ? "built in" : "not built in");
	if (!is_there)
		miss(item,
		     "use a kernel built with CONFIG_BPF_LSM=y (Debian's, Fedora's and Ubuntu's are)");
}

/* Those that the kernel puts first or last by itself do not belong on its command line. */
static void list_movable(char *line, char *list, size_t size)
{
	static const char fixed[] = "capability,ima,evm";
	size_t at = 0;
	char *name;

	*list = '\0';
	while ((name = strsep(&line, ",")))
		if (!has_word(fixed, name) && at < size)
			at += (size_t)snprintf(list + at, size - at, "%s%s", at ? "," : "", name);
}

static void check_lsm_list(struct cf_probe_item *item)
{
	cf_auto_free char *line = NULL;
	char list[192];
	int r;

	r = read_line(LSM_LIST, &line);
	if (r < 0) {
		find(item, "'%s': %s", LSM_LIST, strerror(-r));
		miss(item,
		     "mount securityfs: 'mount -t securityfs securityfs /sys/kernel/security'");
		return;
	}
	find(item, "%.250s", line);
	if (has_word(line, "bpf"))
		return;
	list_movable(line, list, sizeof(list));
	miss(item,
	     "boot with 'lsm=%.160s%sbpf': with GRUB, add it to GRUB_CMDLINE_LINUX in "
	     "/etc/default/grub, run 'update-grub' (or 'grub2-mkconfig -o /boot/grub2/grub.cfg') "
	     "and reboot",
	     list, *list ? "," : "");
}

static void check_cgroup(struct cf_probe_item *item)
{
	struct statfs status;

	if (statfs(CGROUP, &status) < 0) {
		find(item, "'%s': %s", CGROUP, strerror(errno));
		miss(item, "mount cgroup v2: 'mount -t cgroup2 cgroup2 %s'", CGROUP);
	} else if (status.f_type == CGROUP2_SUPER_MAGIC) {
		find(item, "version 2 on %s", CGROUP);
	} else if (status.f_type == TMPFS_MAGIC) {
		find(item, "version 1, or mixed");
		miss(item, "boot with 'systemd.unified_cgroup_hierarchy=1' for cgroup v2 alone");
	} else {
		find(item, "nothing on %s", CGROUP);
		miss(item, "mount cgroup v2: 'mount -t cgroup2 cgroup2 %s'", CGROUP);
	}
}

static void check_bpffs(struct cf_probe_item *item)
{
	struct statfs status;

	if (statfs(BPFFS, &status) == 0 && (unsigned long)status.f_type == BPF_FS_MAGIC) {
		find(item, "on %s", BPFFS);
		return;
	}
	find(item, "nothing on %s", BPFFS);
	miss(item, "mount it: 'mount -t bpf bpf %s'", BPFFS);
}

static void check_lockdown(struct cf_probe_item *item)
{
	cf_auto_free char *line = NULL;

	if (read_line(LOCKDOWN, &line) < 0) {
		find(item, "none");
		return;
	}
	find(item, "%.250s", line);
	if (strstr(line, "[confidentiality]"))
		miss(item,
		     "boot without 'lockdown=confidentiality': it keeps BPF from reading kernel "
		     "memory; 'lockdown=integrity' is fine");
}

static const struct check {
	const char *name;
	const char *code;
	const char *what;
	int error;
	void (*run)(struct cf_probe_item *item);
} checks[] = {
	{"privilege", CF_K_PRIVILEGE, "not enough privilege", -EPERM, check_privilege},
	{"pid-namespace", CF_K_PID_NAMESPACE, "wrong pid namespace", -EOPNOTSUPP,
	 check_pid_namespace},
	{"kernel", CF_K_KERNEL, "the kernel is too old", -EOPNOTSUPP, check_kernel},
	{"btf", CF_K_BTF, "no type information of the kernel", -EOPNOTSUPP, check_btf},
	{"bpf-lsm", CF_K_BPF_LSM, "no BPF LSM in this kernel", -EOPNOTSUPP, check_bpf_lsm},
	{"lsm-list", CF_K_LSM_LIST, "'bpf' is not in the list of active LSMs", -EOPNOTSUPP,
	 check_lsm_list},
	{"cgroup", CF_K_CGROUP, "no cgroup v2", -EOPNOTSUPP, check_cgroup},
	{"bpffs", CF_K_BPFFS, "no bpffs", -EOPNOTSUPP, check_bpffs},
	{"lockdown", CF_K_LOCKDOWN, "the kernel is locked down", -EOPNOTSUPP, check_lockdown},
};

#define N_CHECKS (sizeof(checks) / sizeof(checks[0]))

static void run_check(const struct check *check, struct cf_probe_item *item)
{
	*item = (struct cf_probe_item){.state = CF_PROBE_OK};
	(void)snprintf(item->name, sizeof(item->name), "%s", check->name);
	check->run(item);
}

int cf_probe_host(struct cf_diag *diag)
{
	for (size_t i = 0; i < N_CHECKS; i++) {
		struct cf_probe_item item;

		run_check(&checks[i], &item);
		if (item.state == CF_PROBE_MISSING)
			return cf_diag_set(diag, checks[i].error, checks[i].code, "", 0, 0,
					   item.hint, "%s (found: %s)", checks[i].what, item.found);
	}
	return 0;
}

/* Joins the names of hooks that are missing; counts those that are there. */
static size_t list_hooks(const struct cf_kernel_hook *hooks, size_t n, bool is_optional, char *text,
			 size_t size, size_t *ret_n_missing)
{
	size_t n_present = 0, at = 0;

	*text = '\0';
	*ret_n_missing = 0;
	for (size_t i = 0; i < n; i++) {
		int written;

		if (hooks[i].is_present) {
			n_present++;
			continue;
		}
		if (hooks[i].is_optional != is_optional)
			continue;
		written = snprintf(text + at, size - at, "%s%s", *ret_n_missing ? ", " : "",
				   hooks[i].name);
		at = written < 0 || (size_t)written >= size - at ? size - 1 : at + (size_t)written;
		(*ret_n_missing)++;
	}
	return n_present;
}

/* The hooks that the kernel has types for: nothing is loaded. */
static void check_hooks(struct cf_probe_item *item)
{
	CF_CLEANUP(cf_loader_free) struct cf_loader *loader = NULL;
	const struct cf_kernel_hook *hooks;
	size_t n, n_missing, n_present;
	char names[160];

	*item = (struct cf_probe_item){.state = CF_PROBE_OK, .name = "hooks"};
	(void)cf_loader_open(&loader, NULL); /* what is missing is in its list */
	if (!loader) {
		find(item, "cannot be listed");
		miss(item,
		     "use Linux %d.%d or later with CONFIG_DEBUG_INFO_BTF=y and CONFIG_BPF_LSM=y",
		     MIN_MAJOR, MIN_MINOR);
		return;
	}
	hooks = cf_loader_hooks(loader, &n);
	n_present = list_hooks(hooks, n, false, names, sizeof(names), &n_missing);
	find(item, "%zu of %zu", n_present, n);
	if (n_missing) {
		find(item, "%zu of %zu; missing: %s", n_present, n, names);
		miss(item, "use Linux %d.%d or later with CONFIG_BPF_LSM=y", MIN_MAJOR, MIN_MINOR);
		return;
	}
	(void)list_hooks(hooks, n, true, names, sizeof(names), &n_missing);
	if (n_missing) {
		find(item, "%zu of %zu; this kernel has no %s", n_present, n, names);
		item->state = CF_PROBE_WARNING;
	}
}

/* Whether executables can be pinned: a guess, which the daemon's own try replaces. */
static void check_pins(struct cf_probe_item *item)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool has_ima = access(IMA, F_OK) == 0;
	bool has_verity =
		btf && btf__find_by_name_kind(btf, "bpf_get_fsverity_digest", BTF_KIND_FUNC) > 0;

	btf__free(btf);
	*item = (struct cf_probe_item){.state = CF_PROBE_OK, .name = CF_PROBE_PINS};
	find(item, "sha256: %s; verity: %s", has_ima ? "yes" : "none", has_verity ? "yes" : "none");
	if (!has_ima || !has_verity)
		item->state = CF_PROBE_WARNING;
}

void cf_probe_run(struct cf_probe_report *ret_report)
{
	*ret_report = (struct cf_probe_report){.can_enforce = true};
	for (size_t i = 0; i < N_CHECKS; i++)
		run_check(&checks[i], &ret_report->items[ret_report->n_items++]);
	check_hooks(&ret_report->items[ret_report->n_items++]);
	check_pins(&ret_report->items[ret_report->n_items++]);
	for (size_t i = 0; i < ret_report->n_items; i++)
		if (ret_report->items[i].state == CF_PROBE_MISSING)
			ret_report->can_enforce = false;
}
