# SPDX-License-Identifier: Apache-2.0
# Cofferdam. `make demo` and `make check` install what they need through apt
# (scripts/setup names it all); `make` alone expects it to be there.

O       ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
KERNEL  ?= all
V       ?= 0

CC       ?= gcc
CLANG    ?= clang-14
BPFTOOL  ?= /usr/sbin/bpftool
PYTHON   := /usr/bin/python3
Q        := $(if $(filter 1,$(V)),,@)
say       = @printf '  %-8s %s\n' '$(1)' '$(patsubst $(CURDIR)/%,%,$(2))'

VERSION     := 0.1.0
DATA_DIR    := $(PREFIX)/share/cofferdam
LIBEXEC_DIR := $(PREFIX)/libexec/cofferdam
SBIN_DIR    := $(PREFIX)/sbin

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
            -Wundef -Wformat=2 -Wvla -Wimplicit-fallthrough -Wwrite-strings
HARDEN   := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
DEFINES  := -D_GNU_SOURCE -DCF_VERSION='"$(VERSION)"' -DCF_DATA_DIR='"$(DATA_DIR)"' \
            -DCF_LIBEXEC_DIR='"$(LIBEXEC_DIR)"' -DCF_SBIN_DIR='"$(SBIN_DIR)"'
INCLUDES := -I. -Ibpf -Iuserspace -I$(O)/bpf
CFLAGS   ?= -O2 -g
# CI=true turns warnings into errors; elsewhere a newer compiler must not stop a build.
WERROR     := $(if $(CI),-Werror)
ALL_CFLAGS := -std=gnu17 $(WARNINGS) $(WERROR) $(INCLUDES) $(DEFINES) $(CFLAGS)
LDHARDEN   := -pie -Wl,-z,relro,-z,now,-z,noexecstack

BPF_CFLAGS := -O2 -g -target bpf -mcpu=v3 -std=gnu17 -D__TARGET_ARCH_x86 -I. -Ibpf \
              -I/usr/include/$(shell $(CC) -dumpmachine 2>/dev/null) \
              -Wall -Wextra -Wno-unused-parameter -Werror $(BPF_EXTRA)

# The linker takes a map's place from the first object that names it, so its definition comes first.
BPF_SOURCES := bpf/maps.bpf.c $(filter-out bpf/maps.bpf.c,$(sort $(wildcard bpf/*.bpf.c)))
BPF_OBJECTS := $(BPF_SOURCES:bpf/%.bpf.c=$(O)/bpf/%.bpf.o)
SKELETON    := $(O)/bpf/cofferdam.skel.h

base_C     := $(wildcard userspace/base/*.c)
policy_C   := $(wildcard userspace/policy/*.c)
kernel_C   := $(wildcard userspace/kernel/*.c)
wire_C     := $(wildcard userspace/wire/*.c)
profiles_C := $(wildcard userspace/profiles/*.c)
daemon_C   := $(wildcard userspace/daemon/*.c)
api_C      := $(wildcard userspace/api/*.c)
cli_C      := $(wildcard userspace/cli/*.c)
# What the privileged process links of the policy: the checks and the folding, no YAML.
policy_privileged_C := $(addprefix userspace/policy/,layer.c domain.c domain_names.c diag.c pattern.c path.c address.c quote.c)
objects     = $(patsubst %.c,$(O)/$(2)/%.o,$(wildcard $(1)))

PROGRAMS := $(O)/cofferdam $(O)/cofferdamd $(O)/cofferdam-api

.PHONY: all setup demo check check-long check-unit check-kernel check-static unit-tests fuzzers bench install uninstall \
        format lint fuzz golden-update vmlinux clean
.DELETE_ON_ERROR:

all: $(PROGRAMS)

# ------------------------------------------------------------------- BPF

$(O)/bpf/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h) vmlinux.h
	$(call say,CLANG,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(O)/bpf/cofferdam.bpf.o: $(BPF_OBJECTS)
	$(call say,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $(BPF_OBJECTS)

$(SKELETON): $(O)/bpf/cofferdam.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name cofferdam > $@

# From the oldest kernel that is supported; the result is committed.
vmlinux:
	$(Q)scripts/gen-vmlinux "$$(scripts/guest btf --kernel 6.1)" \
		--kernel "$$(scripts/guest kernels | awk '$$1 == "6.1" { print $$2 }')" > vmlinux.h.new
	$(Q)mv vmlinux.h.new vmlinux.h

# ------------------------------------------------------------- programs

$(O)/obj/%.o: %.c
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(HARDEN) $(if $(filter userspace/policy/%,$<),-Wconversion) -MMD -MP -c $< -o $@

$(call objects,userspace/kernel/*.c,obj): | $(SKELETON)

$(O)/cofferdamd: $(call objects,$(daemon_C) $(kernel_C) $(wire_C) $(base_C) $(policy_privileged_C),obj)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDHARDEN) $^ -o $@ -lbpf -lelf -lz -lsystemd

$(O)/cofferdam-api: $(call objects,$(api_C) $(profiles_C) $(wire_C) $(policy_C) $(base_C),obj)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDHARDEN) $^ -o $@ -lmicrohttpd -ljansson -lyaml

$(O)/cofferdam: $(call objects,$(cli_C) $(profiles_C) $(wire_C) $(policy_C) $(base_C),obj)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDHARDEN) $^ -o $@ -lcurl -ljansson -lyaml -lseccomp

-include $(shell find $(O)/obj $(O)/san $(O)/model -name '*.d' 2>/dev/null)

# ----------------------------------------------------------------- tests

SAN_CFLAGS := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN_LIBS   := -lcmocka -ljansson -lyaml -lbpf -lelf -lz -lsystemd -lcurl -lmicrohttpd -lseccomp
UNIT_C     := $(wildcard tests/unit/*/test_*.c)
UNIT_TESTS := $(UNIT_C:%.c=$(O)/%)
# Everything but the programs' own main(): what the unit tests link, one archive for each program.
san         = $(patsubst %.c,$(O)/san/%.o,$(filter-out %/main.c,$(1)))

$(O)/san/%.o: %.c
	$(call say,CC/SAN,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(SAN_CFLAGS) -Itests/unit -MMD -MP -c $< -o $@

$(call san,$(kernel_C)): | $(SKELETON)

$(O)/san/lib.a: $(call san,$(base_C) $(policy_C) $(kernel_C) $(wire_C) $(profiles_C))
	$(Q)rm -f $@ && ar crs $@ $^
$(O)/san/daemon.a: $(call san,$(daemon_C))
	$(Q)rm -f $@ && ar crs $@ $^
$(O)/san/api.a: $(call san,$(api_C))
	$(Q)rm -f $@ && ar crs $@ $^
$(O)/san/cli.a: $(call san,$(cli_C))
	$(Q)rm -f $@ && ar crs $@ $^

.SECONDARY:
unit_archive = $(if $(filter daemon api cli,$(1)),$(O)/san/$(1).a)
.SECONDEXPANSION:
$(UNIT_TESTS): $(O)/tests/unit/%: $(O)/san/tests/unit/%.o $$(call unit_archive,$$(firstword $$(subst /, ,$$*))) $(O)/san/lib.a
	$(call say,LD/SAN,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) $^ -o $@ $(SAN_LIBS)

$(O)/tests/golden/driver: $(O)/san/tests/golden/driver.o $(O)/san/lib.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) $^ -o $@ $(SAN_LIBS)

# The kernel part's own sources for the host, and the compiler and the daemon's folding with them: tests/model.
MODEL_BPF := maps terminals names walk zones grants topology verdict files attributes
model_C   := $(wildcard tests/model/*.c) $(base_C) $(policy_C) $(addprefix userspace/kernel/,agents.c \
             agent_paths.c chain.c digests.c identity.c kernel_lists.c maps.c mountinfo.c rights.c \
             rights_digest.c tree.c zone_anchor.c zone_strict.c zone_table.c)
MODEL_BPF_OBJECTS := $(MODEL_BPF:%=$(O)/model/bpf/%.bpf.o) $(O)/model/tests/model/machine.o
MODEL_OBJECTS     := $(filter-out $(MODEL_BPF_OBJECTS),$(model_C:%.c=$(O)/model/%.o))

$(MODEL_BPF_OBJECTS): $(O)/model/%.o: %.c
	$(call say,CC/MODEL,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 -D__bpf__ -Itests/model/host -I. -Ibpf -O2 -g -Wall -Wextra $(WERROR) \
		-Wno-unused-parameter -Wno-unknown-pragmas -Wno-attributes -Wno-unused-variable -MMD -MP -c $< -o $@

$(MODEL_OBJECTS): $(O)/model/%.o: %.c
	$(call say,CC/MODEL,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 $(WARNINGS) $(WERROR) -I. -Ibpf -Iuserspace $(DEFINES) -O2 -g -MMD -MP -c $< -o $@

$(O)/tests/model/decide-model: $(MODEL_OBJECTS) $(MODEL_BPF_OBJECTS)
	$(call say,LD/MODEL,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $^ -o $@ -lyaml -lbpf -lelf -lz

unit-tests: $(UNIT_TESTS) $(O)/tests/golden/driver $(O)/tests/model/decide-model

check: setup
	$(Q)O=$(O) scripts/check

check-long: setup
	$(Q)O=$(O) scripts/check --long

check-unit: unit-tests
	$(Q)O=$(O) scripts/check --unit

check-kernel: all
	$(Q)O=$(O) scripts/check --kernel $(KERNEL)

check-static:
	$(Q)O=$(O) scripts/check --static

bench: setup
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/bench/run --kernel $(KERNEL) --build $(O)

golden-update: $(O)/tests/golden/driver
	$(Q)tests/golden/run --update $(O)/tests/golden/driver

# One program for each surface that takes hostile bytes; `make fuzz SECONDS=60` runs each.
FUZZERS := $(patsubst tests/fuzz/%.c,$(O)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
SECONDS ?= 60
fuzz_C = $(base_C) $(policy_C) $(wire_C) $(profiles_C) \
         $(filter-out %/main.c,$(if $(filter fuzz_api,$(1)),$(api_C)))
$(FUZZERS): $(O)/fuzz/%: tests/fuzz/%.c $$(call fuzz_C,$$*)
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) -std=gnu17 $(INCLUDES) $(DEFINES) -O1 -g -fsanitize=fuzzer,address,undefined \
		$^ -o $@ -lyaml -ljansson -lmicrohttpd

fuzzers: $(FUZZERS)

fuzz: $(FUZZERS)
	$(Q)for f in $(FUZZERS); do scripts/fuzz "$$f" $(SECONDS) || exit 1; done

# ------------------------------------------------------------ for people

setup:
	$(Q)scripts/setup

demo: setup
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/demo/run $(if $(NATIVE),--native)

install: all
	$(Q)scripts/install --build $(O) --prefix $(PREFIX) --destdir '$(DESTDIR)'

uninstall:
	$(Q)scripts/install --remove --prefix $(PREFIX) --destdir '$(DESTDIR)'

format:
	$(Q)clang-format-14 -i $$(git ls-files '*.c' '*.h' | grep -v '^vmlinux.h$$')

clean:
	$(Q)rm -rf $(O)
