/* SPDX-License-Identifier: Apache-2.0 */
/* In the place of libbpf's header: what the model compiles needs none of it. */
