// SPDX-License-Identifier: Apache-2.0
/* cleanup - what has an end leaves scope by attribute, and is handed over by take(). */
#pragma once

/* Declares for `CLEANUP(type) struct type *x` that type_close(x) runs when x leaves scope. The
   destructor accepts NULL. */
#define CLEANUP_DEFINE(type, destroy)                                                              \
    static inline void type##_cleanup_(struct type **ptr)                                          \
    {                                                                                              \
        if (*ptr)                                                                                  \
            destroy(*ptr);                                                                         \
    }                                                                                              \
    struct cleanup_needs_a_semicolon_

#define CLEANUP(type) __attribute__((cleanup(type##_cleanup_)))

/* For memory of malloc(). */
#define CLEANUP_FREE __attribute__((cleanup(free_cleanup_)))
void free_cleanup_(void *ptr_to_ptr);

/* For file descriptors; -1 is none. */
#define CLEANUP_FD __attribute__((cleanup(fd_cleanup_)))
void fd_cleanup_(const int *fd);

/* The value of p, which becomes NULL: hands it out of the scope that would destroy it. */
#define take(p)                                                                                    \
    __extension__({                                                                                \
        __typeof__(p) *take_ = &(p);                                                               \
        __typeof__(p) taken_ = *take_;                                                             \
        *take_ = NULL;                                                                             \
        taken_;                                                                                    \
    })

#define MUST_USE __attribute__((warn_unused_result))
#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
