// SPDX-License-Identifier: Apache-2.0
// lua_memory - wherever memory is short, a step fails in an orderly way and gives everything back.
#include "lua_world.h"

static long allowed = -1; /* allocations until they fail; -1: all */

static bool
is_short(void)
{
    if (allowed == 0)
        return true;
    allowed -= allowed > 0;
    return false;
}

/* The linker puts these in the place of the library's. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *
__wrap_malloc(size_t size)
{
    return is_short() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return is_short() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *memory, size_t size)
{
    return is_short() ? NULL : __real_realloc(memory, size);
}

void *
__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return is_short() ? NULL : __real_aligned_alloc(alignment, size);
}

static struct pd_column old_columns[] = {COLUMN("id", INT64), COLUMN("region", TEXT),
                                         COLUMN("price", DECIMAL)};
static struct pd_column new_columns[] = {COLUMN("id", INT64), COLUMN("region_id", INT64),
                                         COLUMN("price", DECIMAL)};
static struct pd_column region_columns[] = {COLUMN("id", INT64), COLUMN("name", TEXT)};
static struct pd_key_part first_part = {.struct_size = sizeof first_part};
static struct pd_key primary = {.struct_size = sizeof primary,
                                .kind = PD_KEY_PRIMARY,
                                .parts = &first_part,
                                .n_parts = 1,
                                .part_size = sizeof first_part};
static struct pd_table old_tables[] = {TABLE("person", old_columns)};
static struct pd_table new_tables[] = {TABLE("people", new_columns),
                                       TABLE("region", region_columns)};

static const char script[] =
    "return {to='1.1', about='test',\n"
    "schema=function(db) db:rename_table('person', 'people')\n"
    " db:add_column('people', {name='region_id', type='int64', default=5})\n"
    " db:drop_column('people', 'region')\n"
    " db:add_table{name='region', columns={{name='id', type='int64'}, {name='name', "
    "type='text'}},\n"
    "  primary_key={'id'}} end,\n"
    "needs={regions={table='region', keys={'name'}, values={'id'}}}, updates={'people'},\n"
    "emits={'region'},\n"
    "before_load=function(ctx) ctx:warn('begins') ctx:emit('region', {id=0}) end,\n"
    "tables={person={emits={'region'}, row=function(row, ctx)\n"
    " row.region_id = ctx:lookup('regions', row.region) or ctx:next_number('regions')\n"
    " ctx:emit('region', {id=row.region_id, name=row.region})\n"
    " row.price = row.price * 2 + decimal('0.5')\n"
    " ctx:update('people', row.id, {region_id=5})\n"
    " return row, ctx:copy(row) end,\n"
    " rest=function(ctx) for i = 1, 20000 do ctx:emit('region', {id=i, name='r' .. i}) end end}}}";

static pd_status
drain(bool rest, const struct pd_batch *batch)
{
    const struct pd_batch *made;
    uint32_t to;
    pd_status status;

    while ((status = rest ? migration->rest(migrator, 0, &to, &made, &err)
                          : migration->rows(migrator, 0, batch, &to, &made, &err)) == PD_OK)
        made->release(made);
    return status;
}

static pd_status
run_before(void)
{
    const struct pd_batch *made;
    uint32_t to;
    pd_status status;

    while ((status = migration->before_load(migrator, &to, &made, &err)) == PD_OK)
        made->release(made);
    return status;
}

static pd_status
whole_step(const struct pd_batch *batch)
{
    pd_status status = open_folder();

    if (status == PD_OK)
        status = migration->open(migration, host_get(), options, &migrator, &err);
    if (status == PD_OK)
        status = plan_and_begin();
    if (status == PD_OK)
        status = run_before();
    if (status >= 0)
        status = drain(false, batch);
    if (status >= 0)
        status = drain(true, NULL);
    return status;
}

static void
every_shortage_is_told(void **state)
{
    const struct pd_batch *batch;
    pd_status status = PD_FATAL;
    size_t before_it;
    long n;

    old_columns[2].type.precision = new_columns[2].type.precision = 10;
    old_columns[2].type.scale = new_columns[2].type.scale = 2;
    old_tables[0].keys = new_tables[0].keys = new_tables[1].keys = &primary;
    old_tables[0].n_keys = new_tables[0].n_keys = new_tables[1].n_keys = 1;
    before.tables = old_tables;
    before.n_tables = 1;
    after.tables = new_tables;
    after.n_tables = 2;
    put("1.0.lua", script);
    batch = batch_of_lines(0, "{\"id\":1,\"region\":\"N\",\"price\":\"1.50\"}\n"
                              "{\"id\":2,\"region\":\"S\",\"price\":\"0.25\"}\n");
    before_it = host_allocated();
    for (n = 0; status < 0; n += 1 + n / 150) {
        n_taught = 0;
        allowed = n;
        status = whole_step(batch);
        allowed = -1;
        if (status < 0 && err.cause != PD_CAUSE_MEMORY)
            fail_msg("after %ld allocations: %s", n, err.text);
        close_step();
        buffer_clear(&calls);
        assert_int_equal(host_allocated(), before_it);
    }
    assert_true(n > 1000);
    batch->release(batch);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_shortage_is_told, begin_world, end_world),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
