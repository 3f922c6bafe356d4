import { describe, expect, test } from 'vitest';
import { readLog } from '../../src/facts/log.ts';
import type { LogCause } from '../../src/facts/log/words.ts';

type Row = readonly [LogCause, string | null, string];

function reads(rows: readonly Row[]): void {
  test.each(rows)('%s about %s: %s', (cause, about, text) => {
    expect(readLog(`starting\n${text}\n`)).toMatchObject({ cause, about });
  });
}

describe('commands', () => {
  reads([
    ['command-not-found', 'tidy', '/bin/sh: 1: tidy: not found'],
    ['command-not-found', 'tidy', 'sh: tidy: not found'],
    ['command-not-found', 'tidy', 'bash: line 1: tidy: command not found'],
    ['command-not-found', 'tidy', '/entrypoint.sh: line 7: exec: tidy: not found'],
    ['command-not-found', 'tidy', '/entrypoint.sh: 7: exec: tidy: not found'],
    ['command-not-found', 'python', "/usr/bin/env: 'python': No such file or directory"],
    ['command-not-found', 'python', "env: can't execute 'python': No such file or directory"],
    ['command-not-found', 'tidy', '[FATAL tini (7)] exec tidy failed: No such file or directory'],
    ['command-not-found', '/app/run.sh', 'exec /app/run.sh: no such file or directory'],
    ['not-executable', '/app/run.sh', '/bin/sh: 1: /app/run.sh: Permission denied'],
    ['not-executable', '/app/run.sh', 'exec /app/run.sh: permission denied'],
    ['exec-format', '/app/tides', 'exec /app/tides: exec format error'],
    ['exec-format', null, 'bash: cannot execute binary file: Exec format error'],
  ]);
});

describe('arguments', () => {
  reads([
    ['unknown-flag', '--ping', "error: unexpected argument '--ping' found"],
    ['unknown-flag', '--ping', "error: Found argument '--ping' which wasn't expected"],
    ['unknown-flag', '--ping', 'Error: No such option: --ping'],
    ['unknown-flag', '--ping', "error: unknown option '--ping'"],
    ['unknown-flag', '--ping', "Unknown option: '--ping'"],
    ['unknown-flag', '--ping', "Unrecognized command or argument '--ping'."],
    ['unknown-flag', '--ping', "Error parsing command line arguments: unknown long flag '--ping'"],
    ['unknown-flag', '--ping', 'node: bad option: --ping'],
    ['unknown-flag', '--ping', "tides: unrecognized option '--ping'"],
    ['unknown-flag', '-x', "Error: unknown shorthand flag: 'x' in -x"],
    ['unknown-flag', '-Xmxx', 'Unrecognized option: -Xmxx'],
    ['unknown-flag', '--ping', 'invalid option: --ping (OptionParser::InvalidOption)'],
    ['unknown-flag', 'srve', 'Error: unknown command "srve" for "tides"'],
    ['unknown-flag', 'strt', 'npm ERR! Missing script: "strt"'],
    ['unknown-flag', '--tide-level', "mysqld: unknown variable '--tide-level=3'"],
    [
      'invalid-value',
      '--port',
      'invalid argument "eighty" for "--port" flag: strconv.ParseInt: parsing "eighty"',
    ],
    ['invalid-value', '-port', 'invalid value "eighty" for flag -port: parse error'],
    ['invalid-value', '--port', "tides: error: argument --port: invalid int value: 'eighty'"],
    ['missing-argument', '--harbour', 'error: the following arguments are required: --harbour'],
    ['missing-argument', 'harbour', 'Error: required flag(s) "harbour" not set'],
    ['missing-argument', '--harbour', "Error: Missing option '--harbour'."],
    [
      'missing-argument',
      '--harbour',
      'error: the following required arguments were not provided:\n  --harbour <NAME>',
    ],
  ]);
});

describe('variables', () => {
  reads([
    ['missing-variable', 'TIDE_URL', '  File "/usr/lib/python3/os.py", line 680\nKeyError: \'TIDE_URL\''],
    [
      'missing-variable',
      'tide_url',
      'pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings\ntide_url\n  Field required [type=missing, input_value={}, input_type=dict]\n    For further information visit https://errors.pydantic.dev/2.9/v/missing',
    ],
    [
      'missing-variable',
      'tide_url',
      'pydantic_core.ValidationError: 1 validation error for Settings\n  tide_url\n    Field required [type=missing]',
    ],
    [
      'missing-variable',
      'TIDE_URL',
      'django.core.exceptions.ImproperlyConfigured: Set the TIDE_URL environment variable',
    ],
    [
      'missing-variable',
      'TIDE_URL',
      'decouple.UndefinedValueError: TIDE_URL not found. Declare it as envvar or define a default value.',
    ],
    ['missing-variable', 'TIDE_URL', 'Error: Missing required environment variable: TIDE_URL'],
    ['missing-variable', 'TIDE_URL', 'Error: Config validation error: "TIDE_URL" is required'],
    ['missing-variable', 'TIDE_URL', 'env: required environment variable "TIDE_URL" is not set'],
    ['missing-variable', 'TIDE_URL', 'required key TIDE_URL missing value'],
    ['missing-variable', 'TIDE_URL', '{"level":"fatal","msg":"TIDE_URL must be set"}'],
    ['missing-variable', 'TIDE_URL', 'Missing environment variables:\n    TIDE_URL: the tides'],
    [
      'missing-variable',
      'tides.url',
      'SRCFG00014: The config property tides.url is required but it could not be found in any config source',
    ],
    ['missing-variable', 'url', "Failed to configure a DataSource: 'url' attribute is not specified"],
    ['missing-variable', 'TIDE_URL', '/app.rb:3:in `fetch\': key not found: "TIDE_URL" (KeyError)'],
    [
      'missing-variable',
      'secret_key_base',
      "ArgumentError: Missing `secret_key_base` for 'production' environment",
    ],
    [
      'missing-variable',
      'TIDE_URL',
      'PHP Fatal error:  Uncaught ErrorException: Undefined array key "TIDE_URL" in /app/index.php',
    ],
    [
      'missing-variable',
      null,
      'Illuminate\\Encryption\\MissingAppKeyException: No application encryption key has been specified.',
    ],
    ['missing-variable', 'TIDE_URL', 'entrypoint.sh: line 4: TIDE_URL: parameter null or not set'],
    ['missing-variable', 'TIDE_PASSWORD', 'error: You must specify TIDE_PASSWORD to a non-empty value'],
    [
      'missing-variable',
      'TIDE_ROOT_PASSWORD',
      'You need to specify one of the following as an environment variable:\n    - TIDE_ROOT_PASSWORD',
    ],
    ['missing-variable', null, 'called `Result::unwrap()` on an `Err` value: NotPresent'],
    ['missing-variable', 'TIDE_URL', 'panic: TIDE_URL environment variable not set'],
    ['missing-variable', 'TIDE_URL', 'Uncaught Error: TIDE_URL is undefined'],
  ]);
});

describe('services', () => {
  reads([
    [
      'connection-refused',
      'tide-db:5432',
      'psycopg2.OperationalError: connection to server at "tide-db" (10.96.1.2), port 5432 failed: Connection refused',
    ],
    [
      'connection-refused',
      'tide-db:5432',
      'could not connect to server: Connection refused\n\tIs the server running on host "tide-db" (10.96.1.2) and accepting\n\tTCP/IP connections on port 5432?',
    ],
    [
      'connection-refused',
      'tide-db',
      "pymysql.err.OperationalError: (2003, \"Can't connect to MySQL server on 'tide-db' ([Errno 111] Connection refused)\")",
    ],
    [
      'connection-refused',
      'tide-cache:6379',
      'redis.exceptions.ConnectionError: Error 111 connecting to tide-cache:6379. Connection refused.',
    ],
    [
      'connection-refused',
      'tide-db:5432',
      'org.postgresql.util.PSQLException: Connection to tide-db:5432 refused. Check that the hostname and port are correct',
    ],
    [
      'connection-refused',
      'tide-api:80',
      'Failed to open TCP connection to tide-api:80 (Connection refused - connect(2) for "tide-api" port 80) (Errno::ECONNREFUSED)',
    ],
    [
      'connection-refused',
      'tide-api:8080',
      'System.Net.Http.HttpRequestException: Connection refused (tide-api:8080)',
    ],
    [
      'connection-refused',
      'tide-api:8080',
      'curl: (7) Failed to connect to tide-api port 8080 after 2 ms: Connection refused',
    ],
    [
      'connection-refused',
      '10.0.0.9:8080',
      'connect() failed (111: Connection refused) while connecting to upstream, client: 10.1.1.1, server: , request: "GET / HTTP/1.1", upstream: "http://10.0.0.9:8080/"',
    ],
    [
      'connection-refused',
      'kelp:9092',
      '[AdminClient clientId=adminclient-1] Connection to node -1 (kelp/10.96.0.4:9092) could not be established. Broker may not be available. ERROR',
    ],
    [
      'connection-refused',
      'tide-api:8080',
      '{"severity":"error","message":"rpc error: code = Unavailable desc = connection error: desc = \\"transport: Error while dialing: dial tcp tide-api:8080: connect: connection refused\\""}',
    ],
    ['connection-refused', 'tide-mq:5672', 'Error: connect ECONNREFUSED tide-mq:5672'],
    ['name-not-resolved', 'tide-db', 'dial tcp: lookup tide-db on 10.96.0.10:53: server misbehaving'],
    [
      'name-not-resolved',
      'tide-cache:6379',
      'redis.exceptions.ConnectionError: Error -2 connecting to tide-cache:6379. Name or service not known.',
    ],
    ['name-not-resolved', 'tide-api', "Failed to resolve 'tide-api' ([Errno -2] Name or service not known)"],
    [
      'name-not-resolved',
      'tide-api:8080',
      'System.Net.Http.HttpRequestException: Name or service not known (tide-api:8080)',
    ],
    [
      'name-not-resolved',
      'tide-api',
      'nginx: [emerg] host not found in upstream "tide-api" in /etc/nginx/conf.d/default.conf:4',
    ],
    ['name-not-resolved', 'tide-api', "wget: bad address 'tide-api'"],
    ['name-not-resolved', 'tide-api', 'curl: (6) Could not resolve host: tide-api'],
    ['name-not-resolved', 'tide-db', 'Error: getaddrinfo EAI_AGAIN tide-db'],
    ['name-not-resolved', null, 'socket.gaierror: [Errno -3] Temporary failure in name resolution'],
    ['connection-timeout', 'tide-db:5432', 'dial tcp tide-db:5432: i/o timeout'],
    ['connection-timeout', '10.0.0.9:5432', 'Error: connect ETIMEDOUT 10.0.0.9:5432'],
    [
      'connection-timeout',
      'tide-db:5432',
      'connection to server at "tide-db" (10.96.1.2), port 5432 failed: Connection timed out',
    ],
    [
      'authentication-failed',
      'tide',
      'connection to server at "tide-db" (10.96.1.2), port 5432 failed: FATAL:  password authentication failed for user "tide"',
    ],
    ['authentication-failed', null, 'MongoServerError: Authentication failed.'],
    ['authentication-failed', 'tide', "Login failed for user 'tide'."],
    [
      'authentication-failed',
      null,
      'redis.exceptions.AuthenticationError: WRONGPASS invalid username-password pair or user is disabled.',
    ],
    [
      'authentication-failed',
      null,
      'ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN',
    ],
    [
      'too-many-connections',
      'HikariPool-1',
      'java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30000ms.',
    ],
    [
      'too-many-connections',
      null,
      'sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00',
    ],
    ['too-many-connections', null, 'ERR max number of clients reached'],
    [
      'too-many-connections',
      null,
      'Data source rejected establishment of connection,  message from server: "Too many connections"',
    ],
    [
      'too-many-connections',
      null,
      'KnexTimeoutError: Knex: Timeout acquiring a connection. The pool is probably full.',
    ],
    ['database-read-only', 'INSERT', 'ERROR: cannot execute INSERT in a read-only transaction'],
    [
      'database-read-only',
      '--super-read-only',
      'The MySQL server is running with the --super-read-only option so it cannot execute this statement',
    ],
    [
      'database-read-only',
      null,
      'java.sql.SQLException: Connection is read-only. Queries leading to data modification are not allowed',
    ],
    ['database-read-only', null, "READONLY You can't write against a read only replica."],
    ['migration-failed', '7', 'error: Dirty database version 7. Fix and force version.'],
    [
      'migration-failed',
      'missing table [tides]',
      'SchemaManagementException: Schema-validation: missing table [tides]',
    ],
    ['migration-failed', null, 'ActiveRecord::PendingMigrationError: Migrations are pending.'],
    ['missing-relation', 'tides', "(1146, \"Table 'tides' doesn't exist\")"],
    ['missing-relation', 'tides', 'sqlite3.OperationalError: no such table: tides'],
    ['missing-relation', 'tides', 'FATAL:  database "tides" does not exist'],
    ['certificate-invalid', null, 'Error: self-signed certificate in certificate chain'],
    [
      'api-forbidden',
      'system:serviceaccount:pier:tides',
      'pods is forbidden: User "system:serviceaccount:pier:tides" cannot list resource "pods" in API group "" in the namespace "pier"',
    ],
    ['address-in-use', '8000', "[ERROR] Connection in use: ('0.0.0.0', 8000)"],
    [
      'address-in-use',
      '8000',
      "ERROR:    [Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use",
    ],
    [
      'address-in-use',
      '3000',
      'Address already in use - bind(2) for "0.0.0.0" port 3000 (Errno::EADDRINUSE)',
    ],
    ['address-in-use', '8080', 'Failed to bind to address http://0.0.0.0:8080: address already in use.'],
    [
      'address-in-use',
      '6379',
      'Could not create server TCP listening socket *:6379: bind: Address already in use',
    ],
    [
      'address-in-use',
      '80',
      '(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:80',
    ],
    ['address-in-use', '15001', "cannot bind '0.0.0.0:15001': Address already in use"],
  ]);
});

describe('files and memory', () => {
  reads([
    [
      'read-only-file-system',
      '/var/cache/nginx/client_temp',
      'nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (30: Read-only file system)',
    ],
    ['read-only-file-system', '/tmp/tides', "OSError: [Errno 30] Read-only file system: '/tmp/tides'"],
    ['read-only-file-system', '/tmp/tides', 'open /tmp/tides: read-only file system'],
    ['read-only-file-system', '/tmp/tides', "touch: cannot touch '/tmp/tides': Read-only file system"],
    ['permission-denied', '/data/tides', 'open /data/tides: permission denied'],
    ['permission-denied', '/data/tides', "mkdir: cannot create directory '/data/tides': Permission denied"],
    [
      'permission-denied',
      '/data/tides',
      "System.UnauthorizedAccessException: Access to the path '/data/tides' is denied.",
    ],
    ['permission-denied', '/data/tides', 'java.nio.file.AccessDeniedException: /data/tides'],
    ['permission-denied', '0.0.0.0:80', 'nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)'],
    [
      'missing-file',
      '/etc/tides.toml',
      "FileNotFoundError: [Errno 2] No such file or directory: '/etc/tides.toml'",
    ],
    [
      'missing-file',
      '/app/main.py',
      "python: can't open file '/app/main.py': [Errno 2] No such file or directory",
    ],
    ['missing-file', 'tides.jar', 'Error: Unable to access jarfile tides.jar'],
    ['missing-file', '/app/server.js', "Error: Cannot find module '/app/server.js'"],
    [
      'missing-file',
      '/etc/tides.yml',
      'java.io.FileNotFoundException: /etc/tides.yml (No such file or directory)',
    ],
    [
      'missing-file',
      '/etc/tides.yml',
      'No such file or directory @ rb_sysopen - /etc/tides.yml (Errno::ENOENT)',
    ],
    ['missing-file', '/app/tides.dll', "The application to execute does not exist: '/app/tides.dll'."],
    ['missing-module', 'puma', 'cannot load such file -- puma (LoadError)'],
    [
      'missing-module',
      'GLIBC_2.34',
      "./tides: /lib/libc.so.6: version `GLIBC_2.34' not found (required by ./tides)",
    ],
    [
      'missing-module',
      'Npgsql',
      "System.IO.FileNotFoundException: Could not load file or assembly 'Npgsql, Version=8.0.0.0'",
    ],
    [
      'heap-exhausted',
      '134217728',
      'PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes)',
    ],
    ['heap-exhausted', null, 'fatal error: runtime: out of memory'],
    ['heap-exhausted', 'Metaspace', 'java.lang.OutOfMemoryError: Metaspace'],
    ['no-space-left', '/data/wal', 'write /data/wal: no space left on device'],
    ['too-many-open-files', null, 'ENOSPC: System limit for number of file watchers reached'],
    [
      'config-invalid',
      '/etc/nginx/conf.d/tides.conf:3',
      'nginx: [emerg] unknown directive "proxy_pas" in /etc/nginx/conf.d/tides.conf:3',
    ],
    [
      'config-invalid',
      '/etc/tides/config.yaml',
      'Error loading config file "/etc/tides/config.yaml": yaml: line 4: did not find expected key',
    ],
    ['leadership-lost', null, 'E0610 10:00:00.000000       1 main.go:90] leader election lost'],
    [
      'panic',
      'System.InvalidOperationException: the tide is out',
      'Unhandled exception. System.InvalidOperationException: the tide is out',
    ],
    [
      'panic',
      'java.lang.IllegalStateException: the tide is out',
      'Exception in thread "main" java.lang.IllegalStateException: the tide is out',
    ],
    [
      'panic',
      'Exception: the tide is out in /app/tide.php:3',
      'PHP Fatal error:  Uncaught Exception: the tide is out in /app/tide.php:3',
    ],
  ]);
});

describe('which line tells', () => {
  test('the cause at the end of a chain of exceptions of Java', () => {
    const log = [
      '2026-06-10 10:00:00.000 ERROR 1 --- [main] o.s.boot.SpringApplication : Application run failed',
      "org.springframework.beans.factory.BeanCreationException: Error creating bean with name 'tides'",
      '\tat org.springframework.beans.Factory.create(Factory.java:1)',
      'Caused by: org.hibernate.exception.JDBCConnectionException: Unable to open JDBC Connection',
      '\t... 30 common frames omitted',
      'Caused by: java.net.UnknownHostException: tide-db',
      '\tat java.base/java.net.InetAddress.getAllByName(InetAddress.java:1)',
    ].join('\n');
    expect(readLog(log)).toMatchObject({
      cause: 'name-not-resolved',
      about: 'tide-db',
      line: 'Caused by: java.net.UnknownHostException: tide-db',
    });
  });

  test('a fatal entry, before errors that the program survived', () => {
    const log = [
      '{"level":"error","msg":"metrics: dial tcp gauge:9091: connect: connection refused"}',
      '{"level":"info","msg":"listening"}',
      '{"level":"fatal","msg":"open /etc/tides.yaml: no such file or directory"}',
      '{"level":"info","msg":"bye"}',
    ].join('\n');
    expect(readLog(log)).toMatchObject({ cause: 'missing-file', about: '/etc/tides.yaml' });
  });

  test('the exception below a trace of Python', () => {
    const log = [
      'ERROR retry: connection refused',
      'Traceback (most recent call last):',
      '  File "/app/main.py", line 3, in <module>',
      '    url = os.environ["TIDE_URL"]',
      "KeyError: 'TIDE_URL'",
    ].join('\n');
    expect(readLog(log)).toMatchObject({ cause: 'missing-variable', about: 'TIDE_URL' });
  });

  test('an error of .NET below its category', () => {
    const log =
      'info: Tides[0]\n      started\nfail: Tides.Startup[1]\n      System.Net.Sockets.SocketException (111): Connection refused tide-db:5432\n';
    expect(readLog(log)).toMatchObject({ cause: 'connection-refused' });
  });

  test('under the times that kubectl writes', () => {
    const log =
      '2026-01-10T17:11:41.089501776+08:00 {"severity":"error","error":"dial tcp 10.0.0.3:7070: connect: connection refused","message":"request error"}\n';
    expect(readLog(log)).toMatchObject({
      cause: 'connection-refused',
      address: { host: '10.0.0.3', port: 7070 },
      line: 'request error: dial tcp 10.0.0.3:7070: connect: connection refused',
    });
  });
});

describe('words that are no complaint', () => {
  test.each([
    ['a level below error', '{"level":"warn","msg":"TIDE_URL is not set"}'],
    ['a level of pino below error', '{"level":30,"msg":"dial tcp tide:80: connect: connection refused"}'],
    ['a variable that is set', 'INFO environment variable TIDE_URL is set'],
    ['a variable with a default', 'TIDE_URL not set, using default http://tides'],
    ['a flag that is described', '  --ping-rate int   pings a second'],
    ['a port that is served', 'Tomcat started on port 8080 (http)'],
    ['a table that is created', 'CREATE TABLE tides'],
    ['connections that are counted', 'max connections: 100, open: 3'],
    ['a help text of authentication', 'authentication: enabled'],
    ['a file that was found', 'loaded /etc/tides.yaml'],
    ['a path that is served', 'GET /not-found 404'],
  ])('%s', (_, log) => {
    expect(readLog(`${log}\n`)).toBeNull();
  });
});
