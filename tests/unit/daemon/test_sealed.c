/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/daemon/support.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "daemon/canary_probes.h"
#include "policy/image.h"
#include "wire/sealed.h"

/* A sound layer: the canary's, which is put together by hand. */
static struct cf_layer *make_layer(void)
{
	struct cf_layer *layer = NULL;
	struct cf_diag diag = {};
	int r = cf_canary_layer("/usr/sbin/cofferdamd", &layer, &diag);

	if (r < 0)
		fail_msg("%s", diag.message);
	return layer;
}

static void test_canary_layer_sound(void **state)
{
	cf_auto_free struct cf_layer *layer = make_layer();
	const struct cf_layer_path *paths = cf_layer_paths(layer);

	(void)state;
	assert_string_equal(cf_layer_string(layer, paths[0].path), CF_CANARY_CLOSED);
	assert_int_equal(paths[0].rights, 0);
	assert_string_equal(cf_layer_string(layer, paths[1].path), CF_CANARY_OPEN);
	assert_int_equal(paths[1].rights, CF_RIGHTS_ALL);
	assert_int_equal(paths[2].rights & CF_RIGHT_EXEC, 0);
	assert_int_equal(layer->n_nets, 2);
}

static void test_sealed_layer_read_back(void **state)
{
	cf_auto_free struct cf_layer *layer = make_layer();
	cf_auto_free struct cf_layer *copy = NULL;
	struct cf_diag diag = {};
	cf_auto_fd int fd = -1;

	(void)state;
	assert_int_equal(cf_sealed_create("test", layer, layer->size, &fd), 0);
	/* Nobody can change it any more. */
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 1), -1);
	assert_int_equal(cf_sealed_read_layer(fd, &copy, &diag), 0);
	assert_memory_equal(copy, layer, layer->size);
}

static void assert_refused(int fd)
{
	struct cf_layer *copy = NULL;
	struct cf_diag diag = {};

	assert_int_equal(cf_sealed_read_layer(fd, &copy, &diag), -EBADMSG);
	assert_null(copy);
	assert_true(diag.message[0] != '\0');
}

static void test_sealed_bad_descriptors_rejected(void **state)
{
	cf_auto_free struct cf_layer *layer = make_layer();
	cf_auto_fd int null = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	cf_auto_fd int unsealed = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	cf_auto_fd int half = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	cf_auto_fd int empty = -1, small = -1, broken = -1, cut = -1;
	int pipe_fds[2];

	(void)state;
	assert_refused(null);
	assert_int_equal(pipe(pipe_fds), 0);
	assert_refused(pipe_fds[0]);
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);

	assert_int_equal(cf_fd_write_all(unsealed, layer, layer->size), 0);
	assert_refused(unsealed);
	assert_int_equal(cf_fd_write_all(half, layer, layer->size), 0);
	assert_int_equal(fcntl(half, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL), 0);
	assert_refused(half);

	assert_int_equal(cf_sealed_create("test", "", 0, &empty), 0);
	assert_refused(empty);
	assert_int_equal(cf_sealed_create("test", layer, 16, &small), 0);
	assert_refused(small);
	assert_int_equal(cf_sealed_create("test", layer, layer->size - 1, &cut), 0);
	assert_refused(cut);
	layer->n_paths = UINT32_MAX;
	assert_int_equal(cf_sealed_create("test", layer, layer->size, &broken), 0);
	assert_refused(broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canary_layer_sound),
		cmocka_unit_test(test_sealed_layer_read_back),
		cmocka_unit_test(test_sealed_bad_descriptors_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
