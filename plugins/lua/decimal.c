// SPDX-License-Identifier: Apache-2.0
/* decimal - exact decimals of any length as userdata: + - * and comparison on digits.

   Debian has no library for them that gives an error when memory is short instead of ending the
   program, and division, the hard part, is not wanted: its result is seldom exact. */
#include <stdlib.h>
#include <string.h>

#include "things.h"

enum { MOST_DIGITS = 200000 /* PostgreSQL's longest numeric has 147,455 */ };

/* The digits of a text, without zeros at its front. */
struct digits {
    bool negative;
    const char *whole;
    size_t n_whole;
    const char *fraction;
    size_t n_fraction;
};

static size_t
span(const char *at, const char *end)
{
    const char *start = at;

    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return (size_t)(at - start);
}

static bool
parse(const char *text, size_t size, struct digits *d)
{
    const char *at = text, *end = text + size;

    d->negative = at < end && *at == '-';
    at += at < end && (*at == '-' || *at == '+');
    d->whole = at;
    d->n_whole = span(at, end);
    at += d->n_whole;
    d->fraction = at + 1;
    d->n_fraction = at < end && *at == '.' ? span(at + 1, end) : 0;
    if (at < end && *at == '.')
        at += 1 + d->n_fraction;
    if (at != end || d->n_whole + d->n_fraction == 0 ||
        d->n_whole + d->n_fraction > (size_t)MOST_DIGITS)
        return false;
    while (d->n_whole && *d->whole == '0') {
        d->whole++;
        d->n_whole--;
    }
    return true;
}

/* The digit that counts 10^place, as a number. */
static int
digit(const struct digits *d, long place)
{
    if (place >= 0)
        return (size_t)place < d->n_whole ? d->whole[d->n_whole - 1 - (size_t)place] - '0' : 0;
    place = -place - 1;
    return (size_t)place < d->n_fraction ? d->fraction[place] - '0' : 0;
}

static size_t
larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Without signs: below 0, 0, above 0. */
static int
compare_size(const struct digits *a, const struct digits *b)
{
    long low = -(long)larger(a->n_fraction, b->n_fraction);

    for (long place = (long)larger(a->n_whole, b->n_whole) - 1; place >= low; place--) {
        int difference = digit(a, place) - digit(b, place);

        if (difference)
            return difference;
    }
    return 0;
}

static bool
is_zero(const struct digits *d)
{
    return compare_size(d, &(struct digits){.whole = ""}) == 0;
}

static int
compare(const struct digits *a, const struct digits *b)
{
    bool a_below = a->negative && !is_zero(a), b_below = b->negative && !is_zero(b);

    if (a_below != b_below)
        return a_below ? -1 : 1;
    return a_below ? compare_size(b, a) : compare_size(a, b);
}

/* ---- Making them ----------------------------------------------------------------------------- */

static const char decimal_key; /* its address is where the registry has the metatable */

/* Room for a result, to be made canonical by finish(): digits of 0..9, the lowest first. */
static struct decimal_thing *
new_decimal(lua_State *L, size_t n_digits)
{
    struct decimal_thing *d;

    if (n_digits > (size_t)MOST_DIGITS)
        luaL_error(L, "a decimal of more than %d digits", (int)MOST_DIGITS);
    d = lua_newuserdatauv(L, sizeof *d + n_digits + 4, 0);
    d->head.thing = THING_DECIMAL;
    d->size = 0;
    thing_set_meta(L, &decimal_key);
    return d;
}

/* Text of n digits, the lowest first in `from`, of which `scale` stand behind the point. */
static void
write_digits(struct decimal_thing *d, bool negative, const uint8_t *from, size_t n, size_t scale)
{
    bool any = false;
    char *at = d->text;

    while (n > scale + 1 && from[n - 1] == 0)
        n--;
    for (size_t i = 0; i < n; i++)
        any |= from[i] != 0;
    if (negative && any)
        *at++ = '-';
    for (size_t i = n; i > 0; i--) {
        if (i == scale)
            *at++ = '.';
        *at++ = (char)('0' + from[i - 1]);
    }
    d->size = (uint32_t)(at - d->text);
}

/* Digits that are being computed; Lua collects them. */
static uint8_t *
new_digits(lua_State *L, size_t n)
{
    struct bytes_thing *b;

    if (n > (size_t)MOST_DIGITS)
        luaL_error(L, "a decimal of more than %d digits", (int)MOST_DIGITS);
    b = lua_newuserdatauv(L, sizeof *b + n, 0);
    b->head.thing = THING_BYTES;
    b->size = 0;
    memset(b->bytes, 0, n);
    return (uint8_t *)b->bytes;
}

/* A copy with so many digits after the point, cut. */
static void
push_with_scale(lua_State *L, const struct digits *from, size_t scale)
{
    size_t n = larger(from->n_whole, 1) + scale;
    uint8_t *to = new_digits(L, n);

    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)digit(from, (long)i - (long)scale);
    write_digits(new_decimal(L, n), from->negative, to, n, scale);
    lua_remove(L, -2);
}

bool
decimal_push(lua_State *L, const char *text, size_t size)
{
    struct digits d;

    if (!parse(text, size, &d))
        return false;
    push_with_scale(L, &d, d.n_fraction);
    return true;
}

static void
digits_of(lua_State *L, int index, struct digits *d)
{
    const struct decimal_thing *thing = lua_touserdata(L, index);

    parse(thing->text, thing->size, d); /* it has been parsed before */
}

bool
decimal_push_scaled(lua_State *L, int index, int32_t scale)
{
    struct digits d;
    const struct decimal_thing *made;
    size_t wanted = scale > 0 ? (size_t)scale : 0;

    digits_of(L, index, &d);
    for (size_t i = wanted; i < d.n_fraction; i++) {
        if (d.fraction[i] != '0')
            return false;
    }
    for (int32_t place = 0; place < -scale; place++) {
        if (digit(&d, place) != 0)
            return false;
    }
    push_with_scale(L, &d, wanted);
    made = lua_touserdata(L, -1);
    lua_pushlstring(L, made->text, made->size);
    lua_remove(L, -2);
    return true;
}

/* ---- Between them and floats ----------------------------------------------------------------- */

enum { REAL_DIGITS = 40, PLAIN_ROOM = 128 };

/* The canonical text of a float without its exponent; 0: it is no number, or a far one. */
static size_t
plain_text(const char *text, size_t size, char out[PLAIN_ROOM])
{
    const char *e = memchr(text, 'e', size), *end = e ? e : text + size;
    long n = 0, point = -1, used = 0;
    char digits[REAL_DIGITS];

    for (const char *at = text + (*text == '-'); at < end; at++) {
        if (*at == '.' && point < 0)
            point = n;
        else if (*at < '0' || *at > '9' || n == REAL_DIGITS)
            return 0;
        else
            digits[n++] = *at;
    }
    point = (point < 0 ? n : point) + (e ? strtol(e + 1, NULL, 10) : 0);
    if (point < -REAL_DIGITS || point > REAL_DIGITS)
        return 0;
    if (*text == '-')
        out[used++] = '-';
    for (long i = point < 0 ? point : 0; i < n || i < point; i++) {
        if (i == point)
            out[used++] = '.';
        out[used++] = i >= 0 && i < n ? digits[i] : '0';
    }
    return (size_t)used;
}

static bool
fits(const struct digits *d, const struct pd_type *type)
{
    return (long)d->n_whole <= (long)type->precision - type->scale;
}

bool
decimal_push_number(lua_State *L, const char *text, size_t size, const struct pd_type *type)
{
    char plain[PLAIN_ROOM];
    struct digits d;
    size_t n = size ? plain_text(text, size, plain) : 0, scale;

    if (n == 0 || !parse(plain, n, &d) || (d.negative && is_zero(&d)))
        return false;
    while (d.n_fraction && d.fraction[d.n_fraction - 1] == '0')
        d.n_fraction--;
    scale = type->scale > 0 ? (size_t)type->scale : 0;
    if (d.n_fraction > scale || !fits(&d, type))
        return false;
    push_with_scale(L, &d, scale);
    return true;
}

bool
decimal_fits(lua_State *L, int index, const struct pd_type *type)
{
    struct digits d;

    digits_of(L, index, &d);
    return fits(&d, type);
}

bool
decimal_as_real(lua_State *L, int index, double *ret_real)
{
    const struct decimal_thing *thing = lua_touserdata(L, index);
    char canonical[32], plain[PLAIN_ROOM];
    struct digits d, shortest;
    size_t n;

    lua_pushlstring(L, thing->text, thing->size);
    if (lua_stringtonumber(L, lua_tostring(L, -1)) == 0) {
        lua_pop(L, 1);
        return false;
    }
    *ret_real = lua_tonumber(L, -1);
    lua_pop(L, 2);
    n = plain_text(canonical, machine_of(L)->host->real_text(*ret_real, canonical), plain);
    digits_of(L, index, &d);
    return n && parse(plain, n, &shortest) && compare(&d, &shortest) == 0;
}

/* Makes the argument a decimal in its place. */
static void
check_decimal(lua_State *L, int index, struct digits *d)
{
    size_t size;
    const char *text;

    if (thing_at(L, index) == THING_DECIMAL) {
        digits_of(L, index, d);
        return;
    }
    if (lua_type(L, index) == LUA_TNUMBER && !lua_isinteger(L, index))
        luaL_argerror(L, index, "a float is no exact decimal; write it as text: decimal(\"0.1\")");
    luaL_argexpected(L, lua_type(L, index) == LUA_TNUMBER || lua_type(L, index) == LUA_TSTRING,
                     index, "decimal, integer or text");
    lua_pushvalue(L, index); /* tolstring would change a key of lua_next() */
    text = lua_tolstring(L, -1, &size);
    if (!decimal_push(L, text, size))
        luaL_argerror(L, index, lua_pushfstring(L, "'%s' is no decimal", text));
    lua_replace(L, index);
    lua_pop(L, 1);
    digits_of(L, index, d);
}

static int
decimal_new(lua_State *L)
{
    struct digits d;

    lua_settop(L, 1);
    check_decimal(L, 1, &d);
    return 1;
}

/* ---- Arithmetic ------------------------------------------------------------------------------ */

/* a + b where both have the same sign, or a - b of sizes, where a is the larger one. */
static int
push_sum(lua_State *L, bool negative, const struct digits *a, const struct digits *b, int sign)
{
    size_t scale = larger(a->n_fraction, b->n_fraction);
    size_t n = larger(larger(a->n_whole, b->n_whole), 1) + 1 + scale;
    uint8_t *to = new_digits(L, n);
    int carry = 0;

    for (size_t i = 0; i < n; i++) {
        long place = (long)i - (long)scale;
        int sum = digit(a, place) + sign * digit(b, place) + carry;

        carry = sum < 0 ? -1 : sum / 10;
        to[i] = (uint8_t)(sum - carry * 10);
    }
    write_digits(new_decimal(L, n), negative, to, n, scale);
    return 1;
}

static int
add(lua_State *L, const struct digits *a, const struct digits *b)
{
    if (a->negative == b->negative)
        return push_sum(L, a->negative, a, b, 1);
    if (compare_size(a, b) >= 0)
        return push_sum(L, a->negative, a, b, -1);
    return push_sum(L, b->negative, b, a, -1);
}

static int
decimal_add(lua_State *L)
{
    struct digits a, b;

    check_decimal(L, 1, &a);
    check_decimal(L, 2, &b);
    return add(L, &a, &b);
}

static int
decimal_subtract(lua_State *L)
{
    struct digits a, b;

    check_decimal(L, 1, &a);
    check_decimal(L, 2, &b);
    b.negative = !b.negative;
    return add(L, &a, &b);
}

static int
decimal_multiply(lua_State *L)
{
    struct digits a, b;
    size_t n_a, n_b;
    uint8_t *to;

    check_decimal(L, 1, &a);
    check_decimal(L, 2, &b);
    n_a = a.n_whole + a.n_fraction;
    n_b = b.n_whole + b.n_fraction;
    to = new_digits(L, n_a + n_b + 1);
    for (size_t i = 0; i < n_a; i++) {
        int factor = digit(&a, (long)i - (long)a.n_fraction), carry = 0;

        for (size_t k = 0; k < n_b || carry; k++) {
            int sum = to[i + k] + carry;

            if (k < n_b)
                sum += factor * digit(&b, (long)k - (long)b.n_fraction);
            to[i + k] = (uint8_t)(sum % 10);
            carry = sum / 10;
        }
    }
    write_digits(new_decimal(L, n_a + n_b + 1), a.negative != b.negative, to, n_a + n_b + 1,
                 a.n_fraction + b.n_fraction);
    return 1;
}

static int
decimal_negate(lua_State *L)
{
    struct digits d;

    check_decimal(L, 1, &d);
    d.negative = !d.negative;
    push_with_scale(L, &d, d.n_fraction);
    return 1;
}

/* d:round(n): n digits after the point, halves away from zero. */
static int
decimal_round(lua_State *L)
{
    lua_Integer scale = luaL_optinteger(L, 2, 0);
    struct digits d, cut, unit = {.whole = "1", .n_whole = 1};
    char point[64] = "";

    check_decimal(L, 1, &d);
    luaL_argcheck(L, scale >= 0 && scale < (lua_Integer)sizeof point, 2, "from 0 to 63");
    push_with_scale(L, &d, (size_t)scale);
    if (digit(&d, -(long)scale - 1) < 5)
        return 1;
    memset(point, '0', sizeof point);
    if (scale > 0) {
        point[scale - 1] = '1';
        unit = (struct digits){.whole = "", .fraction = point, .n_fraction = (size_t)scale};
    }
    unit.negative = d.negative;
    digits_of(L, -1, &cut);
    cut.negative = d.negative; /* zero has no sign of its own */
    return add(L, &cut, &unit);
}

/* ---- Comparing and looking ------------------------------------------------------------------- */

static int
decimal_equal(lua_State *L)
{
    struct digits a, b;

    if (thing_at(L, 1) != THING_DECIMAL || thing_at(L, 2) != THING_DECIMAL)
        return 0;
    digits_of(L, 1, &a);
    digits_of(L, 2, &b);
    lua_pushboolean(L, compare(&a, &b) == 0);
    return 1;
}

static int
decimal_less(lua_State *L)
{
    struct digits a, b;

    check_decimal(L, 1, &a);
    check_decimal(L, 2, &b);
    lua_pushboolean(L, compare(&a, &b) < 0);
    return 1;
}

static int
decimal_less_equal(lua_State *L)
{
    struct digits a, b;

    check_decimal(L, 1, &a);
    check_decimal(L, 2, &b);
    lua_pushboolean(L, compare(&a, &b) <= 0);
    return 1;
}

static int
decimal_text(lua_State *L)
{
    const struct decimal_thing *d;

    luaL_argexpected(L, thing_at(L, 1) == THING_DECIMAL, 1, "decimal");
    d = lua_touserdata(L, 1);
    lua_pushlstring(L, d->text, d->size);
    return 1;
}

static int
decimal_concat(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    luaL_tolstring(L, 2, NULL);
    lua_concat(L, 2);
    return 1;
}

/* d:integer(): nil when it has digits that count after the point, or does not fit 64 bits. */
static int
decimal_integer(lua_State *L)
{
    struct digits d;

    check_decimal(L, 1, &d);
    if (!decimal_push_scaled(L, 1, 0))
        return 0;
    if (lua_stringtonumber(L, lua_tostring(L, -1)) == 0 || !lua_isinteger(L, -1))
        return 0;
    return 1;
}

/* d:float(): the nearest one. */
static int
decimal_float(lua_State *L)
{
    decimal_text(L);
    if (lua_stringtonumber(L, lua_tostring(L, -1)) == 0)
        return 0;
    lua_pushnumber(L, lua_tonumber(L, -1));
    return 1;
}

static const luaL_Reg decimal_methods[] = {
    {"round", decimal_round}, {"integer", decimal_integer}, {"float", decimal_float}, {NULL, NULL}};

static const luaL_Reg decimal_functions[] = {
    {"__add", decimal_add},       {"__sub", decimal_subtract},
    {"__mul", decimal_multiply},  {"__unm", decimal_negate},
    {"__eq", decimal_equal},      {"__lt", decimal_less},
    {"__le", decimal_less_equal}, {"__tostring", decimal_text},
    {"__concat", decimal_concat}, {NULL, NULL}};

void
decimal_open(lua_State *L)
{
    thing_meta(L, &decimal_key, "decimal", decimal_functions);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &decimal_key);
    luaL_newlib(L, decimal_methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    lua_register(L, "decimal", decimal_new);
}
