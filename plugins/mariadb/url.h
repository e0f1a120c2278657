// SPDX-License-Identifier: Apache-2.0
/* url - a URL taken apart, with the files and variables that it leaves room for. */
#pragma once

#include "mariadb.h"

/* What a URL, an options file or the environment can say; NULL: nothing. */
struct my_url {
    const struct pd_host *pd_host;
    struct pd_pool pool;
    const char *user;
    const char *password;
    const char *host; /* of TCP */
    const char *port;
    const char *socket;   /* path; NULL although is_socket: the library's own */
    const char *database; /* NULL: none is named */
    const char *ssl_ca;
    const char *ssl_capath;
    const char *ssl_cert;
    const char *ssl_key;
    const char *ssl_crl;
    const char *tls_version;
    const char *connect_timeout;
    const char *defaults_file;
    const char *group;
    unsigned port_number; /* 0: the usual one */
    bool is_socket;       /* a Unix socket, else TCP */
    bool is_insecure;     /* the user said --insecure */
    bool url_has_password;
    int64_t limit_ms; /* for the whole connect */
};

/* Reads the URL and the options of the end. url_close() is due whatever comes back. */
pd_status url_read(const struct pd_host *host, const struct pd_endpoint *end, struct my_url *url,
                   struct pd_error *err);
void url_close(struct my_url *url); /* its password is overwritten */

/* A member by the name of its parameter, '_' as good as '-'; NULL: there is no such parameter. */
const char **url_parameter(struct my_url *url, const char *name, size_t size);
/* Also true for what counts in an options file. */
bool url_is_file_parameter(const char *name, size_t size);

/* URL of another database over the same connection, without the password. *ret_text is to be given
   to host->release(). */
pd_status url_write(const struct my_url *url, const char *database, char **ret_text,
                    struct pd_error *err);

/* ---- optionfile.c ---- */

/* What the groups of url->defaults_file say and the URL does not. */
pd_status optionfile_read(struct my_url *url, struct pd_error *err);
/* One line of such a file, taken apart in place; value NULL: it has none. false: nothing is in it.
   A line "[name]" gives the name in brackets as key. */
bool optionfile_line(char *line, char **ret_key, char **ret_value);
