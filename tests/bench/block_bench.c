// SPDX-License-Identifier: Apache-2.0
/* block_bench - how fast rows become blocks and come back, and how large they are beside the same
   rows as SQL through zstd -1. Usage: block_bench [ROWS [LEVEL]] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <polydump/batch.h>
#include <zstd.h>

#include "archive/block.h"
#include "base/budget.h"

enum { N_COLUMNS = 6, WORDS = 2000 };

struct store {
    uint8_t *bytes;
    size_t size;
    size_t room;
};

static uint64_t seed = 88172645463325252u;

static uint64_t
next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void
die(const char *what)
{
    fprintf(stderr, "block_bench: %s\n", what);
    exit(1);
}

static void
keep(struct store *store, const void *bytes, size_t size)
{
    if (store->room - store->size < size) {
        store->room = (store->room + size) * 2;
        store->bytes = realloc(store->bytes, store->room);
        if (!store->bytes)
            die("out of memory");
    }
    memcpy(store->bytes + store->size, bytes, size);
    store->size += size;
}

static pd_status
keep_block(void *arg, const struct block_header *header, const void *bytes, size_t size,
           struct pd_error *err)
{
    keep(arg, bytes, size);
    return PD_OK;
}

static void *
host_alloc(const struct pd_host *host, size_t size)
{
    return malloc(size);
}

static void
host_release(const struct pd_host *host, void *ptr)
{
    free(ptr);
}

static struct pd_memory *
host_begin(const struct pd_host *host)
{
    return budget_begin();
}

/* One row of the usual kind: to the builder, and as SQL. */
static void
put_row(struct pd_builder *b, struct store *sql, int64_t id, char words[WORDS][12])
{
    char text[64] = "", date[16], hex[41], line[400];
    uint8_t blob[20];
    int64_t cents = (int64_t)(next_random() % 1000000);
    int64_t fk = (int64_t)(next_random() % 50000);

    snprintf(date, sizeof date, "%04d-%02d-%02d", (int)(2015 + next_random() % 10),
             (int)(1 + next_random() % 12), (int)(1 + next_random() % 28));
    while (strlen(text) < 20) {
        strcat(text, words[next_random() % WORDS]);
        strcat(text, " ");
    }
    for (int i = 0; i < 20; i++) {
        blob[i] = (uint8_t)next_random();
        snprintf(hex + 2 * i, 3, "%02X", blob[i]);
    }
    pd_put_i64(b, 0, id);
    pd_put_i64(b, 1, fk);
    pd_put_f64(b, 2, (double)cents / 100);
    pd_put_bytes(b, 3, date, 10);
    pd_put_bytes(b, 4, text, strlen(text));
    pd_put_bytes(b, 5, blob, sizeof blob);
    pd_builder_row(b);
    keep(sql, line,
         (size_t)snprintf(line, sizeof line,
                          "INSERT INTO t VALUES(%lld,%lld,%.15g,'%s','%s',X'%s');\n", (long long)id,
                          (long long)fk, (double)cents / 100, date, text, hex));
}

static size_t
make_batches(const struct pd_host *host, const struct pd_batch **batches, int64_t n_rows,
             struct store *sql)
{
    static const uint8_t layouts[N_COLUMNS] = {PD_LAYOUT_I64, PD_LAYOUT_I64, PD_LAYOUT_F64,
                                               PD_LAYOUT_VAR, PD_LAYOUT_VAR, PD_LAYOUT_VAR};
    static char words[WORDS][12];
    struct pd_builder b;
    size_t n = 0;

    for (int i = 0; i < WORDS; i++) {
        for (uint64_t k = 0, size = 2 + next_random() % 8; k < size; k++)
            words[i][k] = (char)('a' + next_random() % 26);
    }
    if (pd_builder_open(&b, host, N_COLUMNS) != PD_OK)
        die("out of memory");
    for (uint32_t i = 0; i < N_COLUMNS; i++)
        pd_builder_column(&b, i, layouts[i], 0);
    for (int64_t id = 1; id <= n_rows;) {
        if (pd_builder_begin(&b) != PD_OK)
            die("out of memory");
        while (id <= n_rows && !pd_builder_full(&b))
            put_row(&b, sql, id++, words);
        batches[n] = pd_builder_finish(&b);
        if (!batches[n++])
            die("out of memory");
    }
    pd_builder_close(&b);
    return n;
}

static double
write_all(const struct pd_table *table, int level, bool recheck, const struct pd_batch **batches,
          size_t n, struct store *store)
{
    struct block_writer *writer;
    struct pd_error err;
    double start;

    store->size = 0;
    if (block_writer_new(level, recheck, keep_block, store, &writer, &err) != PD_OK)
        die(err.text);
    start = now();
    if (block_writer_start(writer, table, 0, 0, &err) != PD_OK)
        die(err.text);
    for (size_t i = 0; i < n; i++) {
        if (block_writer_add(writer, batches[i], NULL, NULL, &err) != PD_OK)
            die(err.text);
    }
    if (block_writer_end(writer, &err) != PD_OK)
        die(err.text);
    start = now() - start;
    block_writer_free(writer);
    return start;
}

static double
read_all(const struct pd_table *table, const struct store *store)
{
    const struct pd_batch *batch;
    struct block_reader *reader;
    struct block_header header;
    struct pd_error err;
    double start = now();

    if (block_reader_new(&reader, &err) != PD_OK)
        die(err.text);
    for (size_t at = 0; at < store->size; at += BLOCK_HEADER_SIZE + header.encoded_size) {
        if (block_read_header(store->bytes + at, &header, &err) != PD_OK ||
            block_decode(reader, table, &header, store->bytes + at + BLOCK_HEADER_SIZE, &batch,
                         &err) != PD_OK)
            die(err.text);
        batch->release(batch);
    }
    block_reader_free(reader);
    return now() - start;
}

static void
report(const char *what, double seconds, int64_t n_rows)
{
    printf("%-34s %7.3f s  %6.2f M rows/s\n", what, seconds, (double)n_rows / seconds * 1e-6);
}

static void
squeeze_sql(const struct store *sql, int64_t n_rows)
{
    size_t room = ZSTD_compressBound(sql->size), size;
    void *to = malloc(room);
    double start = now();

    if (!to)
        die("out of memory");
    size = ZSTD_compress(to, room, sql->bytes, sql->size, 1);
    report("SQL text through zstd -1", now() - start, n_rows);
    printf("%-34s %7.1f bytes/row of %.1f\n", "", (double)size / (double)n_rows,
           (double)sql->size / (double)n_rows);
    free(to);
}

int
main(int argc, char **argv)
{
    static const uint16_t kinds[N_COLUMNS] = {PD_KIND_INT64, PD_KIND_INT64, PD_KIND_FLOAT64,
                                              PD_KIND_TEXT,  PD_KIND_TEXT,  PD_KIND_BINARY};
    static const char *const names[N_COLUMNS] = {"id", "fk", "price", "day", "text", "hash"};
    struct pd_host host = {.struct_size = sizeof host,
                           .alloc = host_alloc,
                           .release = host_release,
                           .batch_begin = host_begin,
                           .batch_alloc = budget_alloc,
                           .batch_end = budget_end};
    int64_t n_rows = argc > 1 ? atoll(argv[1]) : 1000000;
    int level = argc > 2 ? atoi(argv[2]) : 0;
    const struct pd_batch **batches = calloc((size_t)n_rows / 1000 + 16, sizeof *batches);
    struct pd_column columns[N_COLUMNS] = {0};
    struct pd_table table = {.struct_size = sizeof table,
                             .name = "t",
                             .columns = columns,
                             .n_columns = N_COLUMNS,
                             .column_size = sizeof *columns};
    struct store sql = {0}, store = {0};
    size_t n;

    for (int i = 0; i < N_COLUMNS; i++) {
        columns[i].struct_size = sizeof columns[i];
        columns[i].name = names[i];
        columns[i].type.kind = kinds[i];
    }
    budget_set((size_t)4 << 30);
    n = make_batches(&host, batches, n_rows, &sql);
    squeeze_sql(&sql, n_rows);
    write_all(&table, level, false, batches, n, &store); /* touches the memory */
    report("write, no recheck", write_all(&table, level, false, batches, n, &store), n_rows);
    report("write, recheck", write_all(&table, level, true, batches, n, &store), n_rows);
    printf("%-34s %7.1f bytes/row\n", "", (double)store.size / (double)n_rows);
    report("read", read_all(&table, &store), n_rows);
    for (size_t i = 0; i < n; i++)
        batches[i]->release(batches[i]);
    free(batches);
    free(sql.bytes);
    free(store.bytes);
    return 0;
}
