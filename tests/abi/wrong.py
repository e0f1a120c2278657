#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""wrong - no mistake of a plugin's crashes the program, makes it wait for ever, or ends it without
a word: what is said names the plugin, the call and what was wrong.

    wrong.py POLYDUMP WRONG_SO [MISTAKE]    all mistakes of wrong.c, or one
"""
import os
import shutil
import subprocess
import sys
import tempfile

DUMP = 'dump wrong: out'
# Both ends are the plugin's.
COPY = 'copy wrong: wrong:'
REJECTS = 'copy --rejects left wrong: wrong:'
DATA = 'copy --data-only wrong: wrong:'
PLAN = 'plan wrong: wrong:'
DDT = 'ddt wrong:'
FACTS = 'dump --facts engine wrong: out'
LANES = '--jobs 2'
LOST = 'its memory is lost'

SILENT = '{}() failed without saying why'
SEVEN = '{}() returned 7, which is no status'
DONE = '{}() returned PD_DONE, which only read() may'

# Mistake, command, what is said behind "plugin 'wrong': ", exit status.
ROWS = [
    ('', DUMP, None, 0),
    ('', COPY, None, 0),
    ('catalog-ok', DUMP, 'catalog() gave no catalogue', 1),
    ('catalog-size', DUMP, 'catalog() gave a catalogue whose struct_size is 12, which is none', 1),
    ('open-ok', DUMP, 'open() gave no handle', 1),
    ('sink.open-ok', COPY, 'open() gave no handle', 1),
    ('share-ok', COPY, 'share() gave no handle', 1),
    ('share-self', COPY, 'share() gave the handle that it was called on', 1),
    ('sink.share-ok', COPY, 'share() gave no handle', 1),
    ('sink.share-self', COPY, 'share() gave the handle that it was called on', 1),
    ('share-silent', COPY, SILENT.format('share'), 1),
    ('sink.share-silent', COPY, SILENT.format('share'), 1),
    ('read-ok', DUMP, 'read() gave no batch', 1),
    ('read-size', DUMP, 'read() gave a batch whose struct_size is 8, less than the 48 bytes of '
     'ABI 1; ' + LOST, 1),
    ('read-less', DUMP, 'read() gave a batch of 1 columns, and its table has 2; ' + LOST, 1),
    ('read-more', DUMP, 'read() gave a batch of 3 columns, and its table has 2; ' + LOST, 1),
    ('read-vectors', DUMP, 'read() gave a batch whose vectors are NULL; ' + LOST, 1),
    ('read-release', DUMP, 'read() gave a batch whose release() is NULL; ' + LOST, 1),
    ('read-keep', DUMP, 'release() of its batches does not give their memory back', 1),
    ('facts-null', FACTS, 'facts() gave 1 facts, and no array of them', 1),
    ('facts-column', FACTS, 'facts() gave a fact of column 500, and the table has 2', 1),
    ('stats-ok', COPY, 'stats() gave none', 1),
    ('stats-facts', COPY, 'stats() gave 3 facts, and no array of them', 1),
    ('map-ok', COPY, 'map() gave no mappings', 1),
    ('map-ok', PLAN, 'map() gave no mappings', 1),
    ('review-ok', COPY, 'review() gave no handle', 1),
    ('write-row', COPY, 'write() rejected row 10 of a batch of 3', 1),
    ('write-row', REJECTS, 'write() rejected row 10 of a batch of 3', 1),
    ('left_out-endless', COPY, 'left_out() has more than 1000000 things to tell, and no end', 1),
    ('left_out-text', COPY, 'left_out() gave no text', 1),
    ('left_out-size', COPY, 'left_out() gave a struct_size of 8, less than ABI 1 has', 1),
    ('left_out-table', COPY, 'left_out() told of table 999, and there are 1', 1),
    ('placed-name', COPY, 'placed() gave no name of a table', 1),
    ('identity-endless', COPY, 'identity() gave text that does not end', 1),
    ('look-none', DATA, 'it cannot write into tables that are there: leave out --data-only', 2),
    ('read-done', DUMP, None, 0),
    ('create-ok', DDT, 'scratch.create() gave no URL', 1),
    ('create-7', DDT, SEVEN.format('scratch.create'), 1),
    ('create-silent', DDT, SILENT.format('scratch.create'), 1),
    ('open-leak', DUMP + ' --verbose', None, 0),
]
# Every call: a status that is none, PD_DONE, and a failure without a word.
for call in ('open', 'catalog', 'start', 'read', 'extent', 'recheck', 'identity'):
    command = COPY if call == 'identity' else DUMP
    for mistake, text in ('7', SEVEN), ('done', DONE), ('silent', SILENT), ('minus9', SILENT):
        if (call, mistake) != ('read', 'done'):
            ROWS.append((call + '-' + mistake, command, text.format(call), 1))
for call in ('sink.open', 'prepare', 'sink.start', 'write', 'end', 'complete', 'finish', 'map',
             'review', 'placed', 'outcome', 'look', 'seal'):
    for mistake, text in ('7', SEVEN), ('done', DONE), ('silent', SILENT), ('minus9', SILENT):
        ROWS.append((call + '-' + mistake, COPY, text.format(call.replace('sink.', '')), 1))

# What the loader refuses: the whole of what is said.
REFUSED = [
    ('plugin-abi', "member 'abi' is 2, and no more than 1 was asked for"),
    ('plugin-scratch', "member 'scratch.struct_size' is 8, less than the 24 bytes of ABI 1"),
    ('plugin-option', "option 'jobs' has the name of one of polydump's own"),
]


def run(polydump, folder, mistake, command):
    for path in ('out', 'left'):
        shutil.rmtree(os.path.join(folder, path), ignore_errors=True)
    env = dict(os.environ, POLYDUMP_PLUGIN_PATH=os.path.join(folder, 'p'),
               POLYDUMP_TEST_WRONG=mistake)
    words = command.split()
    if words[0] != 'plan':
        words[1:1] = LANES.split()
    done = subprocess.run([polydump] + words, cwd=folder, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, check=False)
    return done.returncode, done.stderr.decode(errors='replace')


def main():
    polydump, module = os.path.abspath(sys.argv[1]), sys.argv[2]
    wanted = sys.argv[3] if len(sys.argv) > 3 else None
    n_wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, 'p'), 0o755)
        shutil.copy(module, os.path.join(folder, 'p', 'wrong.so'))
        os.chmod(os.path.join(folder, 'p', 'wrong.so'), 0o755)
        rows = [(m, c, t and "plugin 'wrong': " + t, s) for m, c, t, s in ROWS]
        rows += [(m, DUMP, "plugin 'wrong': '{}/p/wrong.so': {}".format(folder, t), 1)
                 for m, t in REFUSED]
        for mistake, command, text, status in rows:
            if wanted is not None and mistake != wanted:
                continue
            try:
                got, said = run(polydump, folder, mistake, command)
            except subprocess.TimeoutExpired:
                got, said = 'for ever', ''
            good = got == status and (text is None or text + '\n' in said)
            if mistake == 'open-leak':
                good &= "12345 bytes of memory were not given back, with plugins 'wrong'" in said
            if not good:
                n_wrong += 1
                print('{} ({}): exit status {}, not {}\n  said:   {}  wanted: {}'.format(
                    mistake, command, got, status, said or '\n', text))
    print('{} of {} are not as they should be'.format(n_wrong, len(rows)))
    sys.exit(n_wrong > 0)


main()
