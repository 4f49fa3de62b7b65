/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codes of this folder's diagnostics: stable, never reused; README.md lists
 * what each means.
 *
 * Layer 2 (kernel).
 */
#ifndef CF_KERNEL_CODES_H
#define CF_KERNEL_CODES_H

/* The host */
#define CF_K_PRIVILEGE	   "CF-K001"
#define CF_K_KERNEL	   "CF-K002"
#define CF_K_LSM_LIST	   "CF-K003"
#define CF_K_BTF	   "CF-K004"
#define CF_K_BPF_LSM	   "CF-K005"
#define CF_K_CGROUP	   "CF-K006"
#define CF_K_BPFFS	   "CF-K007"
#define CF_K_LOCKDOWN	   "CF-K008"
#define CF_K_PID_NAMESPACE "CF-K009"
#define CF_K_HOOK	   "CF-K010"

/* Loading */
#define CF_K_SECOND_DAEMON "CF-K020"
#define CF_K_AGENTS_ALIVE  "CF-K021"
#define CF_K_OTHER_VERSION "CF-K022"
#define CF_K_UNPIN	   "CF-K023"
#define CF_K_LOAD	   "CF-K024"
#define CF_K_ATTACH	   "CF-K025"
#define CF_K_PIN	   "CF-K026"
#define CF_K_ROOT_MOUNT	   "CF-K027"
#define CF_K_MOUNTS	   "CF-K028"
#define CF_K_SETUP	   "CF-K029"

/* Agents */
#define CF_K_SLOT	  "CF-K040"
#define CF_K_PATH	  "CF-K041"
#define CF_K_NAME_LENGTH  "CF-K042"
#define CF_K_PSEUDO_PATH  "CF-K043"
#define CF_K_UNCLASSIFIED "CF-K044"
#define CF_K_TABLE_FULL	  "CF-K045"
#define CF_K_LINKS	  "CF-K046"
#define CF_K_AGENT	  "CF-K047"
#define CF_K_NO_DIGEST	  "CF-K048"

#endif /* CF_KERNEL_CODES_H */
