// SPDX-License-Identifier: Apache-2.0
// lua_steps - scripts are found, checked and planned, and their functions make rows.
#include "lua_world.h"

static struct pd_column person_columns[] = {COLUMN("id", INT64), COLUMN("name", TEXT),
                                            COLUMN("region", TEXT), COLUMN("born", DATE)};
static struct pd_column people_columns[] = {COLUMN("id", INT64), COLUMN("full_name", TEXT),
                                            COLUMN("region_id", INT64), COLUMN("born", DATE)};
static struct pd_column region_columns[] = {COLUMN("id", INT64), COLUMN("name", TEXT)};
static struct pd_key_part first_part = {.struct_size = sizeof first_part};
static struct pd_key primary = {.struct_size = sizeof primary,
                                .kind = PD_KEY_PRIMARY,
                                .parts = &first_part,
                                .n_parts = 1,
                                .part_size = sizeof first_part};
static struct pd_table old_tables[] = {TABLE("person", person_columns)};
static struct pd_table new_tables[] = {TABLE("people", people_columns),
                                       TABLE("region", region_columns)};

static int
begin_people(void **state)
{
    int result = begin_world(state);

    people_columns[0].flags = PD_COLUMN_NOT_NULL;
    old_tables[0].keys = new_tables[0].keys = new_tables[1].keys = &primary;
    old_tables[0].n_keys = new_tables[0].n_keys = new_tables[1].n_keys = 1;
    before.tables = old_tables;
    before.n_tables = 1;
    after.tables = new_tables;
    after.n_tables = 2;
    return result;
}

/* What most scripts here do. */
#define SCHEMA                                                                                     \
    "schema=function(db)\n"                                                                        \
    " db:rename_table('person', 'people') db:rename_column('people', 'name', 'full_name')\n"       \
    " db:add_column('people', {name='region_id', type='int64'}, 'region')\n"                       \
    " db:drop_column('people', 'region')\n"                                                        \
    " db:add_table{name='region', columns={{name='id', type='int64', null=false},\n"               \
    "  {name='name', type='text(80)'}}, primary_key={'id'}}\n"                                     \
    "end,"
#define NEEDS "needs={regions={table='region', keys={'name'}, values={'id'}}},"

static const char two_people[] =
    "{\"id\":1,\"name\":\"Ann\",\"region\":\"N\",\"born\":\"1990-01-31\"}\n"
    "{\"id\":2,\"name\":\"Bob\",\"region\":\"S\",\"born\":null}\n";

/* ---- Finding and checking -------------------------------------------------------------------- */

static void
a_script_says_what_it_leads_to(void **state)
{
    assert_ok(open_step("return {to='1.1', about='splits names'}"));
    assert_string_equal(migration->from, "1.0");
    assert_string_equal(migration->to, "1.1");
    assert_string_equal(migration->about, "splits names");
    assert_string_equal(migration->origin, "1.0.lua");
    assert_null(steps->migrations[1]);
}

static void
scripts_are_sorted_and_others_passed_over(void **state)
{
    put("b.lua", "return {from='2', to='3', about='b'}");
    put("1.9.lua", "return {to='2', about='a'}");
    put(".hidden.lua", "return nil");
    put("readme.txt", "no script");
    put("old.lua~", "no script");
    assert_ok(open_folder());
    assert_string_equal(steps->migrations[0]->from, "1.9");
    assert_string_equal(steps->migrations[1]->from, "2");
    assert_null(steps->migrations[2]);
}

static void
two_scripts_for_one_step_are_refused(void **state)
{
    put("1.0.lua", "return {to='1.1', about='a'}");
    put("again.lua", "return {from='1.0', to='1.1', about='b'}");
    assert_int_equal(open_folder(), PD_FAILED);
    assert_int_equal(err.cause, PD_CAUSE_VERSION);
    assert_string_equal(err.text,
                        "'1.0.lua' and 'again.lua' both lead from '1.0' to '1.1'; keep one");
}

static void
a_folder_without_scripts_is_refused(void **state)
{
    assert_int_equal(open_folder(), PD_UNSUPPORTED);
    assert_string_equal(err.text, "'.' has no script: no file ends in '.lua'");
}

static void
mistakes_in_scripts_are_told(void **state)
{
    static const struct {
        const char *script;
        const char *wanted;
    } cases[] = {
        {"x = 1", "the script: 1.0.lua: it returns nothing, not a table that says 'to'"},
        {"return 5", "the script: 1.0.lua: it returns number, not a table that says 'to'"},
        {"return {", "the script: 1.0.lua:1: unexpected symbol near <eof>"},
        {"error('no')", "the script: 1.0.lua:1: no"},
        {"error({})", "the script: it called error() with a value that is no text"},
        {"return {about='a'}", "1.0.lua: the script does not say 'to'"},
        {"return {to='1.1', about=5}", "1.0.lua: 'about' of the script is number, not text"},
        {"return {to=1.1, about='a'}", "1.0.lua: 'to' of the script is number, not text"},
        {"return {to='1.1', about='a', tabels={}}",
         "1.0.lua: the script has an unknown member 'tabels' (did you mean 'tables'?)"},
        {"return {to='1.1', about='a', xyz=1}", "1.0.lua: the script has an unknown member 'xyz'"},
        {"return {to='1.1', about='a', 5}", "1.0.lua: the script has a member that has no name"},
        {"return {to='1.1', about='a', schema={}}",
         "1.0.lua: 'schema' of the script is table, not a function"},
        {"return {to='1.1', about='a', tables={x=5}}",
         "1.0.lua: 'tables.x' is number, not a table"},
        {"return {to='1.1', about='a', tables={x={emit={}}}}",
         "1.0.lua: 'tables.x' has an unknown member 'emit' (did you mean 'emits'?)"},
        {"return {to='1.1', about='a', tables={x={}}}",
         "1.0.lua: 'tables.x' has no function 'row'"},
        {"return {to='1.1', about='a', needs={r={table='t', keys={'a'}}}}",
         "1.0.lua: need 'r' does not say 'values'"},
        {"return {to='1.1', about='a', order={'y'}}",
         "1.0.lua: 'order' names 'y', which 'tables' has not"},
        {"return {to='1.1', about='a', updates='x'}",
         "1.0.lua: 'updates' of the script is string, not a list of names"},
        {"return {to='1.1', about='a', updates={5}}",
         "1.0.lua: 'updates' of the script has something that is not a name"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(open_step(cases[i].script) < 0);
        assert_string_equal(err.text, cases[i].wanted);
        close_step();
    }
}

/* ---- plan ------------------------------------------------------------------------------------ */

static void
every_change_reaches_the_core(void **state)
{
    assert_ok(open_body(
        "schema=function(db)\n"
        " db:rename_table('person', 'people')\n"
        " db:rename_column('people', 'name', 'full_name')\n"
        " db:add_column('people', {name='region_id', type='decimal(10,2)', null=false,"
        "  default=decimal('1.50')}, 'region')\n"
        " db:change_column('people', 'born', {type='timestamp(3)', default_now=true})\n"
        " db:drop_column('people', 'region')\n"
        " db:add_table{name='region', columns={{name='id', type='int64', null=false, "
        "identity=true},"
        "   {name='name', type='text(80)', default='x'}, {name='on', type='bool', default=true}},"
        "  primary_key={'id'}, unique={{name='u', columns={'name', 'id'}}}, "
        "indexes={{columns={'on'}}},"
        "  foreign_keys={{columns={'name'}, to='t', to_columns={'id'}, on_delete='cascade'}},"
        "  checks={{expression='\"id\" > 0'}}}\n"
        " db:add_key('people', {name='k', kind='unique', columns={'a','b'}})\n"
        " db:add_key('people', {columns={'a'}, where='\"a\" IS NULL'})\n"
        " db:drop_key('people', 'old') db:drop_key('people') db:drop_key('people', {'a', 'b'})\n"
        " db:add_foreign_key('people', {columns={'c'}, to='region', deferred=true,"
        "  on_update='set null'})\n"
        " db:drop_foreign_key('people', 'f') db:drop_foreign_key('people', {'x','y'})\n"
        " db:add_check('people', {name='c', expression='1 = 1'}) db:drop_check('people', 'd')"
        " db:drop_check('people', {expression='2 = 2'})\n"
        " db:merge_table('a', 'b') db:drop_table('x')\n"
        " db:sql('postgresql', 'after', 'REFRESH x')\n"
        "end," NEEDS "updates={'account'},"
        "tables={person=function() end, zebra={emits={'region'}, row=function() end},"
        " ant=function() end}"));
    assert_ok(plan());
    assert_text(
        &calls,
        "rename_table person people\n"
        "rename_column people name full_name\n"
        "add_column people region_id kind 12 (10,2) length 0 flags 1 default 2 tag 2 '1.50' "
        "identity 0\n"
        "before region\n"
        "change_column born  kind 20 (3,0) length 0 flags 32 default 3 tag 0 '' identity 0\n"
        "drop_column people region\n"
        "add_table region id kind 5 (0,0) length 0 flags 1 default 0 tag 0 '' identity 1\n"
        "add_table region name kind 14 (0,0) length 80 flags 0 default 2 tag 3 'x' identity 0\n"
        "add_table region on kind 1 (0,0) length 0 flags 0 default 2 tag 1 '1' identity 0\n"
        "key - kind 1 flags 1 parts 1 first 0\n"
        "key u kind 2 flags 1 parts 2 first 1\n"
        "key - kind 3 flags 0 parts 1 first 2\n"
        "foreign 1 to t id on delete 2\n"
        "check \"id\" > 0\n"
        "key k kind 2 flags 1 where -\n"
        "add_key people a b\n"
        "key - kind 3 flags 0 where \"a\" IS NULL\n"
        "add_key people a\n"
        "drop_key people old\n"
        "drop_key people -\n"
        "drop_key_on people a b\n"
        "foreign to region flags 3 on update 3\n"
        "add_foreign people c\n"
        "drop_foreign f\n"
        "drop_foreign people x y\n"
        "add_check people c 1 = 1\n"
        "drop_check people d\n"
        "drop_check_of people 2 = 2\n"
        "merge_table a b\n"
        "drop_table x\n"
        "sql postgresql 2 REFRESH x\n"
        "need region name\n"
        "values region id\n"
        "may_update account\n"
        "see_rows zebra region\n"
        "see_rows ant\n"
        "see_rows person\n");
}

static void
order_goes_before_need(void **state)
{
    assert_ok(open_body(NEEDS "order={'person'}, tables={ant=function() end,"
                              "person=function() end, region=function() end}"));
    assert_ok(plan());
    assert_text(&calls, "need region name\nvalues region id\n"
                        "see_rows person\nsee_rows region\nsee_rows ant\n");
}

static void
mistakes_in_schema_are_told(void **state)
{
    static const struct {
        const char *call;
        const char *wanted;
    } cases[] = {
        {"db:rename_tabel('a', 'b')",
         "function 'schema': 1.0.lua:1: db has no method 'rename_tabel' "
         "(did you mean 'rename_table'?)"},
        {"db.drop_table('x')", "function 'schema': 1.0.lua:1: call it as a method: "
                               "db:rename_table(...)"},
        {"db:rename_table('missing', 'b')", "there is no table 'missing'"},
        {"pcall(db.rename_table, db, 'missing', 'b')", "there is no table 'missing'"},
        {"db:add_column('t', {name='c', type='text80'})",
         "function 'schema': 1.0.lua:1: column 'c' has the type 'text80', which is none; types are "
         "as in text(80), decimal(10,2), int64, timestamp, see doc/types.md"},
        {"db:add_column('t', {type='text'})",
         "function 'schema': 1.0.lua:1: a new column of table 't' does not say 'name'"},
        {"db:add_column('t', {name='c', type='text', nul=true})",
         "function 'schema': 1.0.lua:1: a column has an unknown member 'nul' (did you mean "
         "'null'?)"},
        {"db:add_column('t', {name='c', type='text', default={}})",
         "function 'schema': 1.0.lua:1: the default of column 'c' is table, not a value"},
        {"db:add_table{name='t', columns={{name='c', type='text'}}, primary_key={'d'}}",
         "function 'schema': 1.0.lua:1: table 't' has no column 'd' for its key"},
        {"db:add_foreign_key('t', {columns={'a'}, to='x', on_delete='cascad'})",
         "function 'schema': 1.0.lua:1: on_delete: there is no 'cascad' (did you mean 'cascade'?)"},
        {"db:sql('sqlite', 'later', 'X')",
         "function 'schema': 1.0.lua:1: bad argument #2 to 'sql' (invalid option 'later')"},
        {"kept = db", NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char body[512];

        snprintf(body, sizeof body, "schema=function(db) %s end", cases[i].call);
        assert_ok(open_body(body));
        if (cases[i].wanted) {
            assert_true(plan() < 0);
            assert_string_equal(err.text, cases[i].wanted);
        } else {
            assert_ok(plan());
        }
        close_step();
    }
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void
rows_pass_with_their_new_names(void **state)
{
    assert_ok(open_body(SCHEMA "tables={person=function(row, ctx) return row end}"));
    assert_ok(plan_and_begin());
    assert_int_equal(feed(0, two_people), PD_DONE);
    assert_int_equal(feed_rest(0), PD_DONE);
    assert_text(
        &rows,
        "people {\"id\":1,\"full_name\":\"Ann\",\"region_id\":null,\"born\":\"1990-01-31\"}\n"
        "people {\"id\":2,\"full_name\":\"Bob\",\"region_id\":null,\"born\":null}\n");
}

static void
functions_see_new_and_dropped_names_and_change_rows(void **state)
{
    assert_ok(open_body(SCHEMA "tables={person=function(row, ctx)\n"
                               " if row.region == 'S' then return nil end\n"
                               " assert(row.region_id == nil and ctx:old(row, 'name') == 'Ann')\n"
                               " row.full_name = row.full_name .. ' of ' .. row.region\n"
                               " row.region_id = #row.born\n"
                               " assert(row.region_id == 10 and ctx:old(row, 'name') == 'Ann')\n"
                               " row.born = null\n"
                               " return row, {id=row.id + 10, full_name='twin', region='gone'}\n"
                               "end}"));
    assert_ok(plan_and_begin());
    assert_int_equal(feed(0, two_people), PD_DONE);
    assert_text(&rows,
                "people {\"id\":1,\"full_name\":\"Ann of N\",\"region_id\":10,\"born\":null}\n"
                "people {\"id\":11,\"full_name\":\"twin\",\"region_id\":null,\"born\":null}\n");
}

static void
regions_are_looked_up_and_made(void **state)
{
    assert_ok(
        open_body(SCHEMA NEEDS
                  "updates={'people'}, tables={person={emits={'region'}, row=function(row, ctx)\n"
                  " local id = ctx:lookup('regions', row.region)\n"
                  " if not id then\n"
                  "  id = ctx:next_number('regions')\n"
                  "  ctx:emit('region', {id=id, name=row.region})\n"
                  " end\n"
                  " assert(ctx:lookup('regions', row.region) == id)\n"
                  " assert(ctx:lookup('regions', null) == nil)\n"
                  " row.region_id = id\n"
                  " ctx:update('people', row.id, {region_id=id + 1})\n"
                  " ctx:warn('saw ' .. row.full_name)\n"
                  " return row\n"
                  "end}}"));
    assert_ok(plan_and_begin());
    buffer_clear(&calls);
    assert_int_equal(feed(0, two_people), PD_DONE);
    assert_text(
        &rows, "people {\"id\":1,\"full_name\":\"Ann\",\"region_id\":101,\"born\":\"1990-01-31\"}\n"
               "people {\"id\":2,\"full_name\":\"Bob\",\"region_id\":102,\"born\":null}\n"
               "region {\"id\":101,\"name\":\"N\"}\n"
               "region {\"id\":102,\"name\":\"S\"}\n");
    assert_text(&calls, "learn N 101\nupdate 0 key 1 column 2 of 1: 102\nwarn saw Ann\n"
                        "learn S 102\nupdate 0 key 2 column 2 of 1: 103\nwarn saw Bob\n");
}

static void
hooks_are_called_in_their_places(void **state)
{
    assert_ok(open_body(SCHEMA
                        "emits={'region'},\n"
                        "before_load=function(ctx) ctx:warn('before') ctx:emit('region', {id=7}) "
                        "end,\n"
                        "after_load=function(ctx) ctx:warn('after')\n"
                        " ctx:emit('region', {id=9}) end,\n"
                        "tables={person={emits={'region'}, row=function(row, ctx)\n"
                        " ctx:warn('row') end,\n"
                        " rest=function(ctx) ctx:warn('rest') ctx:emit('people', {id=8}) end}}"));
    buffer_clear(&calls);
    assert_ok(plan_and_begin());
    assert_non_null(strstr(buffer_string(&calls), "make_rows  region\n"));
    buffer_clear(&calls);
    assert_int_equal(load_code(migration->before_load), PD_DONE);
    assert_int_equal(feed(0, two_people), PD_DONE);
    assert_int_equal(feed_rest(0), PD_DONE);
    assert_int_equal(load_code(migration->after_load), PD_DONE);
    assert_text(&calls, "warn before\nwarn row\nwarn row\nwarn rest\nwarn after\n");
    assert_text(&rows, "region {\"id\":7,\"name\":null}\n"
                       "people {\"id\":8,\"full_name\":null,\"region_id\":null,\"born\":null}\n"
                       "region {\"id\":9,\"name\":null}\n");
}

static void
hooks_may_be_missing_and_may_have_no_tables(void **state)
{
    assert_ok(open_body("before_load=function(ctx) ctx:warn('before') end"));
    assert_ok(plan_and_begin());
    assert_int_equal(load_code(migration->before_load), PD_DONE);
    assert_int_equal(load_code(migration->after_load), PD_DONE);
    assert_text(&calls, "warn before\n");
}

static void
a_hook_makes_rows_of_the_tables_that_the_script_emits(void **state)
{
    assert_ok(open_body(SCHEMA "after_load=function(ctx) ctx:emit('region', {id=9}) end,\n"
                               "tables={person={emits={'region'}, row=function() end}}"));
    assert_ok(plan_and_begin());
    assert_int_equal(load_code(migration->after_load), PD_FATAL);
    assert_string_equal(err.text, "function 'after_load': 1.0.lua:7: 'region' is not among the "
                                  "'emits' of the script");
}

/* emit() waits in the middle of it, and others can look up what it made. */
static void
a_hook_makes_more_rows_than_memory_shall_hold(void **state)
{
    size_t n = 0;

    assert_ok(open_body(SCHEMA NEEDS
                        "emits={'region'}, after_load=function(ctx)\n"
                        " for i = 1, 50000 do ctx:emit('region', {id=i, name='r' .. i}) end\n"
                        " ctx:warn('r7 is ' .. ctx:lookup('regions', 'r7')) end"));
    assert_ok(plan_and_begin());
    assert_int_equal(load_code(migration->after_load), PD_DONE);
    for (const char *at = (const char *)rows.data; (at = strstr(at, "region {")); at++)
        n++;
    assert_int_equal(n, 50000);
    assert_non_null(strstr(buffer_string(&calls), "warn r7 is 7\n"));
}

/* More than a batch holds, out of one call: emit() waits in between. */
static void
one_call_makes_more_rows_than_memory_shall_hold(void **state)
{
    size_t n = 0;
    const char *at;

    assert_ok(open_body(SCHEMA "tables={person={emits={'region'}, row=function(row, ctx)\n"
                               " for i = 1, 50000 do ctx:emit('region', {id=i}) end\n"
                               " return row end}}"));
    assert_ok(plan_and_begin());
    assert_int_equal(feed(0, two_people), PD_DONE);
    at = buffer_string(&rows);
    assert_non_null(strstr(at, "region {\"id\":50000,\"name\":null}\n"));
    for (; *at; at++)
        n += *at == '\n';
    assert_int_equal(n, 100002);
}

static void
mistakes_in_functions_name_the_row(void **state)
{
    static const struct {
        const char *body;
        const char *wanted;
    } cases[] = {
        {"error('no')", "1.0.lua:8: no"},
        {"local x = row.ful_name",
         "1.0.lua:8: a row of table 'person' has no column 'ful_name' (did you mean 'full_name'?)"},
        {"row.nam = 1", "1.0.lua:8: a row of table 'person' has no column 'nam'"},
        {"return {id=1, nme='x'}", "table 'people' has no column 'nme'"},
        {"return {id='x'}", "column 'id' of table 'people' takes int64, not 'x': math.tointeger() "
                            "makes an integer of it"},
        {"row.full_name = 5 return row",
         "column 'full_name' of table 'people' takes text, not '5'"},
        {"row.full_name = '\\xff' return row", "column 'full_name' of table 'people' takes text, "
                                               "not '\xff': it is not valid UTF-8, or not "
                                               "of this type; bytes are made by bytes(...)"},
        {"row.born = '2024-02-30' return row", "column 'born' of table 'people' takes date, not "
                                               "'2024-02-30': it is not the canonical text "
                                               "of one"},
        {"return {full_name='x'}", "column 'id' of table 'people' is NOT NULL and got no value"},
        {"row.id = null return row", "column 'id' of table 'people' is NOT NULL and got no value"},
        {"return 5", "a row of table 'people' is a row or a table, not number"},
        {"ctx:emit('region', {})",
         "1.0.lua:8: 'region' is not among the tables that 'person' emits; say emits={\"region\"} "
         "there"},
        {"ctx:lookup('x', 1)", "1.0.lua:8: there is no 'x' among the needs of the script"},
        {"ctx:update('people', 1, {})",
         "1.0.lua:8: 'people' is not among the updates of the script"},
        {"kept = kept or row; local x = kept.id; if row.id == 2 then x = kept.id end return row",
         "1.0.lua:8: this row of table 'person' was of an earlier call; ctx:copy(row) makes a "
         "table "
         "that can be kept"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char body[2048], wanted[512];

        snprintf(body, sizeof body, "%s tables={person=function(row, ctx)\n%s\nend}", SCHEMA,
                 cases[i].body);
        assert_ok(open_body(body));
        assert_ok(plan_and_begin());
        assert_int_equal(feed(0, two_people), PD_FATAL);
        snprintf(wanted, sizeof wanted, "function 'tables.person' (id=%d): %s",
                 strstr(cases[i].body, "kept") ? 2 : 1, cases[i].wanted);
        assert_string_equal(err.text, wanted);
        assert_int_equal(err.cause, PD_CAUSE_DATA);
        buffer_clear(&rows);
        close_step();
    }
}

/* What the core says stands, and the script cannot swallow it. */
static void
failures_of_the_core_end_the_step(void **state)
{
    assert_ok(open_body(SCHEMA NEEDS "tables={person=function(row, ctx)\n"
                                     " pcall(ctx.next_number, ctx, 'regions') return row end}"));
    assert_ok(plan_and_begin());
    last_number = INT64_MAX;
    assert_int_equal(feed(0, two_people), PD_FAILED);
    assert_string_equal(err.text, "no number is left");
    assert_int_equal(err.cause, PD_CAUSE_LIMIT);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin_people, end_world)
    const struct CMUnitTest tests[] = {
        T(a_script_says_what_it_leads_to),
        T(scripts_are_sorted_and_others_passed_over),
        T(two_scripts_for_one_step_are_refused),
        T(a_folder_without_scripts_is_refused),
        T(mistakes_in_scripts_are_told),
        T(every_change_reaches_the_core),
        T(order_goes_before_need),
        T(mistakes_in_schema_are_told),
        T(rows_pass_with_their_new_names),
        T(functions_see_new_and_dropped_names_and_change_rows),
        T(regions_are_looked_up_and_made),
        T(hooks_are_called_in_their_places),
        T(hooks_may_be_missing_and_may_have_no_tables),
        T(a_hook_makes_rows_of_the_tables_that_the_script_emits),
        T(a_hook_makes_more_rows_than_memory_shall_hold),
        T(one_call_makes_more_rows_than_memory_shall_hold),
        T(mistakes_in_functions_name_the_row),
        T(failures_of_the_core_end_the_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
