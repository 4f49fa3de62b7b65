/* SPDX-License-Identifier: Apache-2.0 */
/* userspace/kernel/zone_table.c, zone_anchor.c, zone_strict.c, over maps that are plain arrays */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/zone_table.h"

#define MAX_FAKE 64

/* The kernel's maps. */
struct fake {
	struct cf_zone zones[CF_MAX_ZONES];
	struct {
		struct cf_place_key key;
		uint32_t zone;
	} places[MAX_FAKE];
	size_t n_places;
	struct {
		struct cf_object_key key;
		struct cf_anchor anchor;
	} anchors[MAX_FAKE];
	size_t n_anchors;
	size_t max_places, max_anchors; /* more is -ENOSPC */
	uint32_t swept[MAX_FAKE];
	size_t n_swept;
};

static struct fake fake;
static struct cf_zone_table *table;

static int put_zone(void *userdata, uint32_t zone, const struct cf_zone *value)
{
	struct fake *maps = userdata;

	maps->zones[zone] = *value;
	return 0;
}

static size_t find_place(const struct fake *maps, const struct cf_place_key *key)
{
	size_t i = 0;

	while (i < maps->n_places && memcmp(&maps->places[i].key, key, sizeof(*key)) != 0)
		i++;
	return i;
}

static int put_place(void *userdata, const struct cf_place_key *key, uint32_t zone)
{
	struct fake *maps = userdata;
	size_t i = find_place(maps, key);

	if (i == maps->n_places) {
		if (i == maps->max_places)
			return -ENOSPC;
		maps->n_places++;
	}
	/* The kernel part looks places up only where the flag says that there are some. */
	assert_true(maps->zones[key->parent].flags & CF_ZONE_HAS_PLACES);
	maps->places[i].key = *key;
	maps->places[i].zone = zone;
	return 0;
}

static int delete_place(void *userdata, const struct cf_place_key *key)
{
	struct fake *maps = userdata;
	size_t i = find_place(maps, key);

	assert_true(i < maps->n_places);
	maps->places[i] = maps->places[--maps->n_places];
	return 0;
}

static size_t find_anchor(const struct fake *maps, const struct cf_object_key *key)
{
	size_t i = 0;

	while (i < maps->n_anchors && memcmp(&maps->anchors[i].key, key, sizeof(*key)) != 0)
		i++;
	return i;
}

static int get_anchor(void *userdata, const struct cf_object_key *key, struct cf_anchor *ret_anchor)
{
	struct fake *maps = userdata;
	size_t i = find_anchor(maps, key);

	if (i == maps->n_anchors)
		return -ENOENT;
	*ret_anchor = maps->anchors[i].anchor;
	return 0;
}

static int put_anchor(void *userdata, const struct cf_object_key *key,
		      const struct cf_anchor *anchor)
{
	struct fake *maps = userdata;
	size_t i = find_anchor(maps, key);

	if (i == maps->n_anchors) {
		if (i == maps->max_anchors)
			return -ENOSPC;
		maps->n_anchors++;
	}
	maps->anchors[i].key = *key;
	maps->anchors[i].anchor = *anchor;
	return 0;
}

static int delete_anchor(void *userdata, const struct cf_object_key *key)
{
	struct fake *maps = userdata;
	size_t i = find_anchor(maps, key);

	assert_true(i < maps->n_anchors);
	maps->anchors[i] = maps->anchors[--maps->n_anchors];
	return 0;
}

static int sweep_anchors(void *userdata, const uint32_t *zones, size_t n_zones)
{
	struct fake *maps = userdata;

	assert_true(maps->n_swept + n_zones <= MAX_FAKE);
	memcpy(maps->swept + maps->n_swept, zones, n_zones * sizeof(*zones));
	maps->n_swept += n_zones;
	return 0;
}

static const struct cf_zone_ops ops = {
	.put_zone = put_zone,
	.put_place = put_place,
	.delete_place = delete_place,
	.get_anchor = get_anchor,
	.put_anchor = put_anchor,
	.delete_anchor = delete_anchor,
	.sweep_anchors = sweep_anchors,
};

static int set_up(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.max_places = fake.max_anchors = MAX_FAKE;
	return cf_zone_table_new(&ops, &fake, &table);
}

static int tear_down(void **state)
{
	(void)state;
	cf_zone_table_free(&table);
	assert_null(table);
	return 0;
}

static uint32_t root(uint32_t parent)
{
	uint32_t zone = 0;

	assert_int_equal(cf_zone_table_add_root(table, parent, &zone), 0);
	return zone;
}

static uint32_t child(uint32_t parent, const char *name)
{
	uint32_t zone = 0;

	assert_int_equal(cf_zone_table_add_child(table, parent, name, strlen(name), &zone), 0);
	return zone;
}

static void test_zones_names_shared(void **state)
{
	uint32_t top = root(0), home = child(top, "home"), again = child(top, "home"),
		 user = child(home, "user");

	(void)state;
	assert_true(top >= CF_ZONE_FIRST);
	assert_int_equal(home, again);
	assert_int_not_equal(home, user);
	assert_int_equal(fake.n_places, 2);
	assert_int_equal(cf_zone_table_parent(table, user), home);
	assert_int_equal(cf_zone_table_parent(table, top), 0);
	assert_int_equal(fake.zones[user].parent, home);
	assert_int_equal(cf_zone_table_find_child(table, home, "user", 4), user);
	assert_int_equal(cf_zone_table_find_child(table, home, "use", 3), 0);
	assert_int_equal(cf_zone_table_find_child(table, top, "user", 4), 0);
	assert_string_equal(cf_zone_table_component(table, user), "user");
	assert_null(cf_zone_table_component(table, top));
	assert_null(cf_zone_table_component(table, 0));
	assert_int_equal(cf_zone_table_count(table), 3);
}

static void test_zones_last_reference_removes(void **state)
{
	uint32_t top = root(0), home = child(top, "home"), user = child(home, "user");

	(void)state;
	cf_zone_table_release(table, home); /* still held by its child */
	assert_true(cf_zone_table_is_live(table, home));
	assert_int_equal(fake.n_places, 2);
	cf_zone_table_release(table, user);
	assert_false(cf_zone_table_is_live(table, user));
	assert_false(cf_zone_table_is_live(table, home));
	assert_int_equal(fake.n_places, 0);
	assert_false(fake.zones[top].flags & CF_ZONE_HAS_PLACES);
	assert_true(cf_zone_table_is_live(table, top));
	assert_int_equal(cf_zone_table_find_child(table, top, "home", 4), 0);
	cf_zone_table_release(table, user); /* once too often: nothing happens */
	assert_int_equal(cf_zone_table_count(table), 1);
}

static void test_zones_flag_while_names_below(void **state)
{
	uint32_t top = root(0), a = child(top, "a"), b = child(top, "b");

	(void)state;
	assert_true(fake.zones[top].flags & CF_ZONE_HAS_PLACES);
	assert_false(fake.zones[a].flags & CF_ZONE_HAS_PLACES);
	cf_zone_table_release(table, a);
	assert_true(fake.zones[top].flags & CF_ZONE_HAS_PLACES);
	cf_zone_table_release(table, b);
	assert_false(fake.zones[top].flags & CF_ZONE_HAS_PLACES);
}

static void test_zones_root_holds_its_mount_point(void **state)
{
	uint32_t top = root(0), mnt = child(top, "mnt"), other = root(mnt);

	(void)state;
	cf_zone_table_release(table, mnt);
	assert_true(cf_zone_table_is_live(table, mnt));
	assert_int_equal(cf_zone_table_parent(table, other), mnt);
	cf_zone_table_release(table, other);
	assert_false(cf_zone_table_is_live(table, mnt));
}

static void test_zones_ids_come_back_last(void **state)
{
	uint32_t top = root(0), a = child(top, "a");

	(void)state;
	cf_zone_table_release(table, a);
	for (uint32_t i = a + 1; i < CF_MAX_ZONES; i++) {
		uint32_t zone = root(0);

		assert_int_equal(zone, i);
		cf_zone_table_release(table, zone);
	}
	/* Nothing is given out again before a flush. */
	assert_int_equal(cf_zone_table_add_root(table, 0, &a), -ENOSPC);
	assert_int_equal(cf_zone_table_flush(table), 0);
	assert_int_equal(root(0), top + 1);
}

static void test_zones_bad_names_refused(void **state)
{
	uint32_t top = root(0), zone = 0;
	char name[CF_NAME_SIZE + 1];

	(void)state;
	memset(name, 'n', sizeof(name));
	assert_int_equal(cf_zone_table_add_child(table, top, "", 0, &zone), -EINVAL);
	assert_int_equal(cf_zone_table_add_child(table, top, "a/b", 3, &zone), -EINVAL);
	assert_int_equal(cf_zone_table_add_child(table, top, "a\0b", 3, &zone), -EINVAL);
	assert_int_equal(cf_zone_table_add_child(table, top + 1, "a", 1, &zone), -EINVAL);
	assert_int_equal(cf_zone_table_add_child(table, 0, "a", 1, &zone), -EINVAL);
	assert_int_equal(cf_zone_table_add_child(table, top, name, CF_NAME_SIZE, &zone),
			 -ENAMETOOLONG);
	assert_int_equal(cf_zone_table_add_child(table, top, name, CF_NAME_SIZE - 1, &zone), 0);
	assert_int_equal(fake.places[0].key.name[CF_NAME_SIZE - 1], '\0');
}

static void test_zones_full_map_leaves_nothing(void **state)
{
	uint32_t top = root(0), zone = 0;

	(void)state;
	fake.max_places = 0;
	assert_int_equal(cf_zone_table_add_child(table, top, "a", 1, &zone), -ENOSPC);
	assert_int_equal(cf_zone_table_count(table), 1);
	assert_false(fake.zones[top].flags & CF_ZONE_HAS_PLACES);
	fake.max_places = 1;
	assert_int_equal(cf_zone_table_add_child(table, top, "a", 1, &zone), 0);
}

/* --------------------------------------------------------------- anchors */

static const struct cf_object_version version = {.superblock = 0x1000, .generation = 7};

static void anchor(uint32_t zone, uint64_t ino)
{
	const struct cf_object_key key = {.ino = ino, .dev = 1};

	assert_int_equal(cf_zone_table_add_anchor(table, zone, &key, &version), 0);
}

static void test_anchors_one_object_one_entry(void **state)
{
	uint32_t top = root(0), a = child(top, "a");

	(void)state;
	anchor(a, 5);
	anchor(a, 5);
	assert_int_equal(fake.n_anchors, 1);
	assert_int_equal(fake.anchors[0].anchor.n_zones, 1);
	assert_int_equal(fake.anchors[0].anchor.zones[0], a);
	assert_int_equal(fake.anchors[0].anchor.generation, 7);
	cf_zone_table_release(table, a);
	assert_int_equal(fake.n_anchors, 0);
}

static void test_anchors_hard_link_in_two_zones(void **state)
{
	uint32_t top = root(0), a = child(top, "a"), b = child(top, "b");

	(void)state;
	anchor(a, 5);
	anchor(b, 5);
	assert_int_equal(fake.anchors[0].anchor.n_zones, 2);
	cf_zone_table_release(table, a);
	assert_int_equal(fake.n_anchors, 1);
	assert_int_equal(fake.anchors[0].anchor.n_zones, 1);
	assert_int_equal(fake.anchors[0].anchor.zones[0], b);
	cf_zone_table_release(table, b);
	assert_int_equal(fake.n_anchors, 0);
}

static void test_anchors_too_many_links_counted(void **state)
{
	uint32_t top = root(0), zones[CF_MAX_LINKS + 2];
	char name[2] = "a";

	(void)state;
	for (size_t i = 0; i < CF_MAX_LINKS + 2; i++, name[0]++) {
		zones[i] = child(top, name);
		anchor(zones[i], 5);
	}
	assert_true(fake.anchors[0].anchor.n_zones > CF_MAX_LINKS);
	/* Stays denied until the last of them is gone. */
	for (size_t i = 0; i < CF_MAX_LINKS + 1; i++) {
		cf_zone_table_release(table, zones[i]);
		assert_int_equal(fake.n_anchors, 1);
		assert_true(fake.anchors[0].anchor.n_zones > CF_MAX_LINKS);
	}
	cf_zone_table_release(table, zones[CF_MAX_LINKS + 1]);
	assert_int_equal(fake.n_anchors, 0);
}

static void test_anchors_reused_inode_number_replaced(void **state)
{
	const struct cf_object_key key = {.ino = 5, .dev = 1};
	const struct cf_object_version fresh = {.superblock = 0x1000, .generation = 8};
	uint32_t top = root(0), a = child(top, "a"), b = child(top, "b");

	(void)state;
	anchor(a, 5);
	assert_int_equal(cf_zone_table_add_anchor(table, b, &key, &fresh), 0);
	assert_int_equal(fake.n_anchors, 1);
	assert_int_equal(fake.anchors[0].anchor.generation, 8);
	assert_int_equal(fake.anchors[0].anchor.n_zones, 1);
	assert_int_equal(fake.anchors[0].anchor.zones[0], b);
	cf_zone_table_release(table, a); /* must not take the new one along */
	assert_int_equal(fake.n_anchors, 1);
	cf_zone_table_release(table, b);
	assert_int_equal(fake.n_anchors, 0);
}

static void test_anchors_of_the_kernel_part_kept(void **state)
{
	uint32_t top = root(0), a = child(top, "a"), b = child(top, "b");

	(void)state;
	anchor(a, 5);
	fake.anchors[0].anchor.zones[1] = b; /* a link made since, seen by the kernel part */
	fake.anchors[0].anchor.n_zones = 2;
	anchor(a, 5);
	assert_int_equal(fake.anchors[0].anchor.n_zones, 2);
	cf_zone_table_release(table, a);
	assert_int_equal(fake.n_anchors, 1);
	assert_int_equal(fake.anchors[0].anchor.n_zones, 1);
	assert_int_equal(fake.anchors[0].anchor.zones[0], b);
}

static void test_anchors_removed_one_by_one(void **state)
{
	const struct cf_object_key key = {.ino = 5, .dev = 1};
	uint32_t top = root(0), a = child(top, "a"), b = child(top, "b");

	(void)state;
	anchor(a, 5);
	anchor(a, 6);
	anchor(b, 5);
	cf_zone_table_remove_anchor(table, a, &key);
	assert_int_equal(fake.n_anchors, 2);
	assert_int_equal(fake.anchors[0].anchor.n_zones, 1);
	assert_int_equal(fake.anchors[0].anchor.zones[0], b);
	cf_zone_table_remove_anchor(table, a, &key); /* not there any more */
	cf_zone_table_remove_anchor(table, b, &key);
	assert_int_equal(fake.n_anchors, 1);
	cf_zone_table_release(table, a);
	assert_int_equal(fake.n_anchors, 0);
}

static void test_anchors_full_map_refused(void **state)
{
	const struct cf_object_key key = {.ino = 5, .dev = 1};
	uint32_t top = root(0), a = child(top, "a");

	(void)state;
	fake.max_anchors = 0;
	assert_int_equal(cf_zone_table_add_anchor(table, a, &key, &version), -ENOSPC);
	fake.max_anchors = 1;
	anchor(a, 5);
	assert_int_equal(fake.n_anchors, 1);
	assert_int_equal(cf_zone_table_add_anchor(table, a + 1, &key, &version), -EINVAL);
}

/* ---------------------------------------------------------------- strict */

static bool is_strict(uint32_t zone)
{
	assert_int_equal(cf_zone_table_update_strict(table), 0);
	return fake.zones[zone].flags & CF_ZONE_STRICT;
}

static void name(uint32_t zone, uint32_t slot, bool strict)
{
	assert_int_equal(cf_zone_table_name(table, zone, slot, strict), 0);
}

static void test_strict_inherited_until_named(void **state)
{
	uint32_t top = root(0), home = child(top, "home"), user = child(home, "user"),
		 work = child(user, "work"), deep = child(work, "deep");

	(void)state;
	name(top, 1, false);
	name(home, 1, true);
	name(work, 1, false);
	assert_false(is_strict(top));
	assert_true(is_strict(home));
	assert_true(is_strict(user)); /* nobody's own, but inside */
	assert_false(is_strict(work));
	assert_false(is_strict(deep));
	name(deep, 2, true);
	assert_true(is_strict(deep));
	cf_zone_table_unname(table, home, 1);
	assert_false(is_strict(home));
	assert_false(is_strict(user));
	assert_true(is_strict(deep));
	cf_zone_table_unname(table, deep, 2);
	assert_false(is_strict(deep));
}

static void test_strict_for_another_agent_stays(void **state)
{
	uint32_t top = root(0), home = child(top, "home"), work = child(home, "work");

	(void)state;
	name(home, 1, true);
	name(home, CF_MAX_AGENTS - 1, true);
	name(work, 1, false);
	assert_true(is_strict(work)); /* for the other one */
	cf_zone_table_unname(table, home, CF_MAX_AGENTS - 1);
	assert_false(is_strict(work));
	assert_int_equal(cf_zone_table_name(table, work, CF_MAX_AGENTS, true), -EINVAL);
}

static void test_strict_zone_swept_when_it_goes(void **state)
{
	uint32_t top = root(0), a = child(top, "a"), b = child(top, "b");

	(void)state;
	name(a, 1, true);
	assert_true(is_strict(a));
	cf_zone_table_release(table, a);
	cf_zone_table_release(table, b);
	assert_int_equal(fake.n_swept, 0);
	assert_int_equal(cf_zone_table_flush(table), 0);
	assert_int_equal(fake.n_swept, 1);
	assert_int_equal(fake.swept[0], a);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_zones_names_shared),
		TEST(test_zones_last_reference_removes),
		TEST(test_zones_flag_while_names_below),
		TEST(test_zones_root_holds_its_mount_point),
		TEST(test_zones_ids_come_back_last),
		TEST(test_zones_bad_names_refused),
		TEST(test_zones_full_map_leaves_nothing),
		TEST(test_anchors_one_object_one_entry),
		TEST(test_anchors_hard_link_in_two_zones),
		TEST(test_anchors_too_many_links_counted),
		TEST(test_anchors_reused_inode_number_replaced),
		TEST(test_anchors_of_the_kernel_part_kept),
		TEST(test_anchors_removed_one_by_one),
		TEST(test_anchors_full_map_refused),
		TEST(test_strict_inherited_until_named),
		TEST(test_strict_for_another_agent_stays),
		TEST(test_strict_zone_swept_when_it_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
