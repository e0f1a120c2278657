// SPDX-License-Identifier: Apache-2.0
// lua_sandbox - scripts reach nothing outside of their state, and each limit ends them.
#include "lua_world.h"

static struct pd_column columns[] = {COLUMN("id", INT64), COLUMN("name", TEXT)};
static struct pd_table tables[] = {TABLE("person", columns)};

static int
begin_person(void **state)
{
    int result = begin_world(state);

    before.tables = after.tables = tables;
    before.n_tables = after.n_tables = 1;
    return result;
}

static const char one_person[] = "{\"id\":7,\"name\":\"Ann\"}\n";

/* Runs a row function for one row. */
static pd_status
run_body(const char *body)
{
    char members[2048];

    snprintf(members, sizeof members, "tables={person=function(row, ctx)\n%s\nend}", body);
    assert_ok(open_body(members));
    assert_ok(plan_and_begin());
    return feed(0, one_person);
}

static void
nothing_that_reaches_out_is_there(void **state)
{
    static const char *const names[] = {
        "io",         "os",    "debug",       "package",     "coroutine",
        "require",    "load",  "loadfile",    "dofile",      "collectgarbage",
        "loadstring", "warn",  "string.dump", "math.random", "math.randomseed",
        "_G.io",      "_G.os", "_G._G.debug", "_ENV.load",   "string.loadstring",
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char script[256];

        snprintf(script, sizeof script,
                 "assert(%s == nil, 'is there') return {to='1.1', about='a'}", names[i]);
        if (open_step(script) < 0)
            fail_msg("%s: %s", names[i], err.text);
        close_step();
    }
}

/* What is there is known: a library that grows with the next release is seen here. */
static void
what_is_there_is_known(void **state)
{
    assert_ok(open_step("local names = {}\n"
                        "for k, v in pairs(_G) do\n"
                        " if type(v) == 'table' and v ~= _G then\n"
                        "  for f in pairs(v) do names[#names + 1] = k .. '.' .. f end\n"
                        " else names[#names + 1] = k end\n"
                        "end\n"
                        "table.sort(names)\n"
                        "return {to='1.1', about=table.concat(names, ' ')}"));
    assert_string_equal(
        migration->about,
        "_G _VERSION assert bytes decimal error getmetatable ipairs "
        "math.abs math.acos math.asin math.atan math.ceil math.cos math.deg math.exp math.floor "
        "math.fmod math.huge math.log math.max math.maxinteger math.min math.mininteger math.modf "
        "math.pi math.rad math.sin math.sqrt math.tan math.tointeger math.type math.ult "
        "next null pairs pcall print rawequal rawget rawlen rawset select setmetatable "
        "string.byte string.char string.find string.format string.gmatch string.gsub string.len "
        "string.lower string.match string.pack string.packsize string.rep string.reverse "
        "string.sub string.unpack string.upper "
        "table.concat table.insert table.move table.pack table.remove table.sort table.unpack "
        "tonumber tostring type "
        "utf8.char utf8.charpattern utf8.codepoint utf8.codes utf8.len utf8.offset xpcall");
}

static void
bytecode_is_refused(void **state)
{
    assert_int_equal(open_step("\x1bLua"), PD_FATAL);
    assert_non_null(strstr(err.text, "attempt to load a binary chunk"));
}

static void
finalizers_are_refused(void **state)
{
    assert_int_equal(open_step("setmetatable({}, {__gc=function() end})"), PD_FATAL);
    assert_string_equal(err.text, "the script: 1.0.lua:1: finalizers (__gc) are not allowed");
    assert_ok(open_step("local m = {} local t = setmetatable({}, m)\n"
                        "m.__gc = function() error('runs') end t = nil\n"
                        "for i = 1, 100000 do t = {i} end\n"
                        "return {to='1.1', about='a'}"));
}

static void
metatables_of_values_are_out_of_reach(void **state)
{
    assert_int_equal(run_body("assert(getmetatable(row) == 'row')\n"
                              "assert(getmetatable(null) == 'null')\n"
                              "assert(getmetatable(bytes'x') == 'bytes')\n"
                              "assert(getmetatable(decimal'1') == 'decimal')\n"
                              "assert(getmetatable(ctx) == 'ctx')\n"
                              "assert(not pcall(setmetatable, row, {}))\n"
                              "assert(not pcall(rawset, row, 'id', 1))\n"
                              "return row"),
                     PD_DONE);
    assert_text(&rows, "person {\"id\":7,\"name\":\"Ann\"}\n");
}

/* ---- Limits ---------------------------------------------------------------------------------- */

#define LIMIT(body, wanted)                                                                        \
    do {                                                                                           \
        assert_int_equal(run_body(body), PD_FATAL);                                                \
        assert_string_equal(err.text, wanted);                                                     \
        assert_int_equal(err.cause, PD_CAUSE_LIMIT);                                               \
        close_step();                                                                              \
    } while (0)

static void
memory_has_a_limit(void **state)
{
    set_option("lua-memory", "4m");
    LIMIT("local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
          "1.0.lua: function 'tables.person' (id=7) needs more memory than the 4 MiB of "
          "--lua-memory");
    LIMIT("local s = ('x'):rep(1 << 30)",
          "1.0.lua: function 'tables.person' (id=7) needs more memory than the 4 MiB of "
          "--lua-memory");
    assert_int_equal(open_step("local t = ('x'):rep(8 << 20) return {}"), PD_FATAL);
    assert_string_equal(err.text,
                        "1.0.lua: the script needs more memory than the 4 MiB of --lua-memory");
}

static void
steps_have_a_limit(void **state)
{
    set_option("lua-steps", "1000000");
    LIMIT("while true do end", "function 'tables.person' (id=7): 1.0.lua:2: one call takes more "
                               "steps than --lua-steps allows");
    assert_int_equal(open_step("while true do end"), PD_FATAL);
    assert_string_equal(err.text, "the script: 1.0.lua:1: one call takes more steps than "
                                  "--lua-steps allows");
}

/* The count begins anew with each row. */
static void
steps_count_for_one_call(void **state)
{
    char lines[4096] = "";

    set_option("lua-steps", "100000");
    assert_ok(open_body("tables={person=function(row)\n for i = 1, 20000 do end return row end}"));
    assert_ok(plan_and_begin());
    for (int i = 0; i < 100; i++)
        strcat(lines, one_person);
    assert_int_equal(feed(0, lines), PD_DONE);
}

/* Not even a script that catches every error goes on. */
static void
limits_cannot_be_caught(void **state)
{
    set_option("lua-steps", "1000000");
    LIMIT("while true do pcall(function() while true do end end) end",
          "function 'tables.person' (id=7): 1.0.lua:2: a limit was passed");
    LIMIT("while true do xpcall(function() while true do end end, function() return 1 end) end",
          "function 'tables.person' (id=7): 1.0.lua:2: a limit was passed");
}

static void
a_call_has_a_deadline(void **state)
{
    set_option("lua-steps", "0");
    set_option("lua-call", "1");
    LIMIT("while true do end", "function 'tables.person' (id=7): 1.0.lua:2: one call takes longer "
                               "than --lua-call allows");
}

static void
a_step_has_a_deadline(void **state)
{
    pd_status status;

    set_option("lua-deadline", "1");
    assert_ok(open_body("tables={person=function(row) for i = 1, 300000 do end end}"));
    assert_ok(plan_and_begin());
    do {
        status = feed(0, one_person);
    } while (status == PD_DONE);
    assert_int_equal(status, PD_FATAL);
    assert_string_equal(err.text, "function 'tables.person' (id=7): 1.0.lua:1: the step takes "
                                  "longer than --lua-deadline allows");
}

/* Where no hook comes, the program ends as by a kill; in a child, since it takes the test along. */
static void
ended_from_outside(const char *body, const char *option, const char *wanted)
{
    char said[1024] = "";
    int pipes[2], result;
    ssize_t size;
    pid_t child;

    assert_int_equal(pipe(pipes), 0);
    child = fork();
    if (child == 0) {
        dup2(pipes[1], 2);
        set_option(option, "1");
        run_body(body);
        _exit(77);
    }
    close(pipes[1]);
    size = read(pipes[0], said, sizeof said - 1);
    close(pipes[0]);
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 1);
    assert_true(size > 0);
    assert_non_null(strstr(said, wanted));
}

static void
patterns_that_never_end_are_ended(void **state)
{
    ended_from_outside("string.find(('a'):rep(40), ('.-'):rep(40) .. 'b')", "lua-call",
                       "1.0.lua: function 'tables.person' takes longer than --lua-call allows");
    ended_from_outside("table.move({}, 1, math.maxinteger - 1, 2)", "lua-deadline",
                       "1.0.lua: function 'tables.person' takes longer than --lua-deadline allows");
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin_person, end_world)
    const struct CMUnitTest tests[] = {
        T(nothing_that_reaches_out_is_there),
        T(what_is_there_is_known),
        T(bytecode_is_refused),
        T(finalizers_are_refused),
        T(metatables_of_values_are_out_of_reach),
        T(memory_has_a_limit),
        T(steps_have_a_limit),
        T(steps_count_for_one_call),
        T(limits_cannot_be_caught),
        T(a_call_has_a_deadline),
        T(a_step_has_a_deadline),
        T(patterns_that_never_end_are_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
