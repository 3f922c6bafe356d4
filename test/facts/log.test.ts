import { describe, expect, test } from 'vitest';
import { errorLineOf, excerptOf, readLog } from '../../src/facts/log.ts';
import type { LogCause } from '../../src/facts/log/words.ts';

describe('what a program says', () => {
  test.each<readonly [LogCause, string | null, string]>([
    ['address-in-use', '8080', 'listen tcp :8080: bind: address already in use'],
    ['address-in-use', '3000', 'Error: listen EADDRINUSE: address already in use :::3000'],
    ['address-in-use', '80', 'nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)'],
    ['address-in-use', '8080', 'Web server failed to start. Port 8080 was already in use.'],
    ['unknown-flag', '--ping', 'Error: unknown flag: --ping'],
    ['unknown-flag', '-ping', 'flag provided but not defined: -ping'],
    ['unknown-flag', '--ping', 'main.py: error: unrecognized arguments: --ping'],
    ['unknown-flag', 'UseFoo', "Unrecognized VM option 'UseFoo'"],
    ['missing-variable', 'TIDE_URL', "KeyError: 'TIDE_URL'"],
    ['missing-variable', 'TIDE_URL', 'Error: environment variable TIDE_URL is not set'],
    ['missing-variable', 'TIDE_URL', 'TIDE_URL must be set'],
    ['missing-variable', 'tide.url', 'Could not resolve placeholder \'tide.url\' in value "${tide.url}"'],
    ['missing-variable', 'TIDE_URL', 'key not found: "TIDE_URL" (KeyError)'],
    ['missing-variable', 'TIDE_URL', '/entrypoint.sh: line 3: TIDE_URL: unbound variable'],
    [
      'missing-variable',
      'TIDE_URL',
      'panic: required key TIDE_URL missing value: missing required environment variable TIDE_URL',
    ],
    [
      'heap-exhausted',
      'Java heap space',
      'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space',
    ],
    [
      'heap-exhausted',
      'JavaScript heap',
      'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
    ],
    ['too-many-connections', null, 'FATAL:  sorry, too many clients already'],
    ['too-many-connections', null, 'com.mysql.cj.exceptions.CJException: Too many connections'],
    [
      'database-read-only',
      '--read-only',
      'The MySQL server is running with the --read-only option so it cannot execute this statement',
    ],
    ['read-only-file-system', '/var/cache/tides', "EROFS: read-only file system, mkdir '/var/cache/tides'"],
    ['permission-denied', '/data/db', "EACCES: permission denied, open '/data/db'"],
    ['permission-denied', '/data', "PermissionError: [Errno 13] Permission denied: '/data'"],
    ['permission-denied', null, "Fatal error: can't open the chart file for reading: Permission denied"],
    ['authentication-failed', 'tide', "Access denied for user 'tide'@'10.0.0.9' (using password: YES)"],
    ['authentication-failed', 'tide', 'pq: password authentication failed for user "tide"'],
    ['certificate-invalid', null, 'x509: certificate signed by unknown authority'],
    ['missing-relation', 'tides', 'ERROR: relation "tides" does not exist'],
    ['name-not-resolved', 'tide-db', 'dial tcp: lookup tide-db on 10.96.0.10:53: no such host'],
    ['name-not-resolved', 'tide-db', 'Error: getaddrinfo ENOTFOUND tide-db'],
    ['name-not-resolved', 'tide-db', 'java.net.UnknownHostException: tide-db: Name or service not known'],
    ['name-not-resolved', 'tide-db', 'could not translate host name "tide-db" to address'],
    ['connection-refused', 'tide-db:5432', 'dial tcp tide-db:5432: connect: connection refused'],
    ['connection-refused', '10.0.0.9:6379', 'Error: connect ECONNREFUSED 10.0.0.9:6379'],
    [
      'connection-refused',
      'tide-cache:6379',
      'RedisConnectionException: UnableToConnect on tide-cache:6379/Interactive, Initializing',
    ],
    ['connection-refused', null, 'Communications link failure'],
    ['missing-module', 'express', "Error: Cannot find module 'express'"],
    ['missing-module', 'flask', "ModuleNotFoundError: No module named 'flask'"],
    [
      'missing-module',
      'libssl.so.1.1',
      './tides: error while loading shared libraries: libssl.so.1.1: cannot open shared object file',
    ],
    ['missing-file', '/etc/tides.yaml', 'open /etc/tides.yaml: no such file or directory'],
    ['missing-file', '/etc/tides.yaml', "Error: ENOENT: no such file or directory, open '/etc/tides.yaml'"],
    ['exec-format', '/bin/tides', 'exec /bin/tides: exec format error'],
    [
      'panic',
      'runtime error: index out of range [3] with length 2',
      'panic: runtime error: index out of range [3] with length 2',
    ],
  ])('%s about %s', (cause, about, line) => {
    expect(readLog(`starting\n${line}\nbye\n`)).toMatchObject({ cause, about });
  });

  test('is the most telling line, not the last', () => {
    const log =
      'dial tcp db:5432: connect: connection refused\nError: unknown flag: --x\nconnection refused\n';
    expect(readLog(log)).toMatchObject({ cause: 'unknown-flag', about: '--x' });
  });

  test.each([
    ['nothing', ''],
    ['nothing known', 'Error: the tide is out\n'],
    ['what it survives', 'WARN environment variable TIDE_URL is not set, using default\n'],
    ['what it tries again', 'level=info msg="connection refused, will retry" host=db\n'],
    ['variables that are set', 'INFO environment variable TIDE_URL is set\n'],
    ['that it listens', 'listening on tcp :8080\n'],
  ])('is null for %s', (_, log) => {
    expect(readLog(log)).toBeNull();
  });
});

describe('logs', () => {
  test('are quoted by their end, with the errors before it', () => {
    const log = ['FATAL: no licence', ...Array.from({ length: 30 }, (_, index) => `line ${index}`)].join(
      '\n',
    );
    const excerpt = excerptOf(log, 20).split('\n');
    expect(excerpt.slice(0, 3)).toEqual(['FATAL: no licence', '…', 'line 10']);
    expect(excerpt).toHaveLength(22);
  });

  test('are summed up by their last error', () => {
    expect(errorLineOf('error: one\nerror: two\nbye\n')).toBe('error: two');
    expect(errorLineOf('hello\nbye')).toBeNull();
  });
});
