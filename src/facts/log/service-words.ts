import { ADDRESS, HOST, type Words } from './words.ts';

const STOP = String.raw`['"\]]?`;

/** `tcp :8080`, `('0.0.0.0', 8000)`, `*:6379`, `[::]:80`. The port is what tells. */
export const ADDRESS_IN_USE: Words = {
  cause: 'address-in-use',
  patterns: [
    /bind\(\) to \S*?(?<about>\d{1,5}) failed \(98/i,
    /(?:listen|bind)\w* (?:tcp|udp)?\d? ?\S*?:(?<about>\d+): (?:bind: )?address already in use/i,
    /(?:EADDRINUSE|address already in use|connection in use)[^\n]{0,60}?(?:port |:|, )(?<about>\d{2,5})\b/i,
    /(?:socket|listener|bind(?: to)?|address|listen on|make_sock)[^\n]{0,60}?[:' ,]+(?<about>\d{2,5})\b[^\n]{0,60}(?:already in use|in use)/i,
    /port (?<about>\d{2,5}) (?:was|is) (?:already )?(?:in use|allocated|taken)/i,
    /already running on port (?<about>\d{2,5})/i,
    /(?<!errno |\(|\d)(?<about>\d{2,5})[^\n\d]{0,40}address already in use/i,
    /address already in use|EADDRINUSE|AddrInUse|connection in use/i,
  ],
};

/** Pools and servers that give no further connection. */
export const TOO_MANY_CONNECTIONS: Words = {
  cause: 'too-many-connections',
  patterns: [
    /too many (?:connections|clients already)[^\n]{0,30}(?:role "(?<about>[^"]+)")?/i,
    /remaining connection slots are reserved/i,
    /max(?:imum)? number of (?:clients|processes)[^\n]{0,20} (?:reached|exceeded)/i,
    /exceeded the 'max_user_connections'/i,
    /no more connections allowed/i,
    /connection pool (?:is )?(?:exhausted|full)|pool (?:is )?exhausted|QueuePool limit of size/i,
    /(?<about>[\w-]+) - Connection is not available, request timed out after/i,
    /Timeout acquiring a connection|obtain(?:ing)? a connection from the pool|WaitQueueFull|WaitQueueTimeout/i,
  ],
};

export const DATABASE_READ_ONLY: Words = {
  cause: 'database-read-only',
  patterns: [
    /running with the (?<about>--(?:super-)?read-only) option/i,
    /cannot execute (?<about>[A-Z]+(?: [A-Z]+)?) in a read-only transaction/,
    /READONLY You can't write against a read only/i,
    /MISCONF Redis is configured to save RDB snapshots/i,
    /(?:Not(?:Writable)?Primary\w*|not (?:master|primary))\b[^\n]{0,40}/i,
    /attempt to write a readonly database|(?:connection|database|server|table|collection|index|replica|tablespace)[^\n]{0,40} (?:is|in|as|are) (?:a |in )?read[- ]only/i,
    /index read-only \/ allow delete|ORA-16000/i,
  ],
};

export const API_FORBIDDEN: Words = {
  cause: 'api-forbidden',
  patterns: [
    /is forbidden: User "(?<about>system:serviceaccount:[^"]+)" cannot/,
    /is forbidden: User "(?<about>[^"]+)" cannot/,
  ],
};

export const AUTHENTICATION_FAILED: Words = {
  cause: 'authentication-failed',
  patterns: [
    new RegExp(
      String.raw`at "${HOST}"[^\n]{0,60}port (?<port>\d+) failed: FATAL: +password authentication failed for user "(?<about>[^"]+)"`,
    ),
    /access denied for user '(?<about>[^'@]+)'@/i,
    /access denied for user '?(?<about>[^'@\s]+)?/i,
    /password authentication failed for user "(?<about>[^"]+)"/i,
    /(?:password )?authentication failed(?: for (?:user|role) ['"]?(?<about>[\w.-]+))?/i,
    /login failed for user '(?<about>[^']+)'/i,
    /role "(?<about>[^"]+)" does not exist|no pg_hba\.conf entry for host "[^"]+", user "(?<user>[^"]+)"/i,
    /user '(?<about>[^']+)' (?:- invalid credentials|authentication)/i,
    /WRONGPASS|NOAUTH|ACCESS_REFUSED|SASL authentication|ORA-01017|invalid (?:username or password|user ?name\/password|credentials|password|api key|access token)|auth(?:entication)? required/i,
    /SignatureDoesNotMatch|InvalidAccessKeyId|InvalidClientTokenId|ExpiredToken|NoCredentialProviders|Unable to locate credentials/,
  ],
};

export const CERTIFICATE_INVALID: Words = {
  cause: 'certificate-invalid',
  patterns: [
    new RegExp(String.raw`(?:Get|Post|Put) "https?://${ADDRESS}[^\n]{0,200}x509: `),
    /x509: (?:certificate|cannot)[^\n]{0,200}|certificate (?:has expired|expired|is not (?:yet )?valid|signed by unknown authority|verify failed|is valid for)/i,
    /CERT_HAS_EXPIRED|DEPTH_ZERO_SELF_SIGNED_CERT|self[- ]signed certificate|unable to (?:verify the first certificate|get local issuer certificate)|UNABLE_TO_VERIFY_LEAF_SIGNATURE|altnames|PKIX path building failed|SSLHandshakeException/i,
  ],
};

export const MIGRATION_FAILED: Words = {
  cause: 'migration-failed',
  patterns: [
    /Dirty database version (?<about>\d+)/i,
    /Detected failed migration to version (?<about>[\w.]+)/i,
    /Can't locate revision identified by '(?<about>[^']+)'/,
    /Schema-validation: (?<about>(?:missing|wrong)[^\n]{0,120})/,
    /(?<about>P30\d\d)\b[^\n]{0,60}(?:migrat|database)|migrate found failed migrations/,
    /PendingMigrationError|Migrations are pending|Validate failed: Migrations|Found non-empty schema|unapplied migration|Target database is not up to date|Could not acquire change log lock|(?:database )?migrations? failed|failed to (?:run|apply)[^\n]{0,20} migrations?/i,
  ],
};

export const MISSING_RELATION: Words = {
  cause: 'missing-relation',
  patterns: [
    /(?:relation|column) "?(?<about>[\w.]+)"? (?:of relation "[^"]+" )?does not exist/i,
    /table ['"`](?<about>[^'"`]+)['"`] (?:doesn't|does not) exist/i,
    /no such (?:table|column): (?<about>\S+)/i,
    /Unknown column '(?<about>[^']+)'/,
    /database ["'](?<about>[^"']+)["'] does not exist/i,
    /unknown database '(?<about>[^']+)'/i,
    /Invalid object name '(?<about>[^']+)'/,
    /(?:no such index|index_not_found_exception)[^\n]{0,20}\[(?<about>[^\]]+)\]/,
    /ORA-00942/,
  ],
};

export const NAME_NOT_RESOLVED: Words = {
  cause: 'name-not-resolved',
  patterns: [
    new RegExp(
      String.raw`lookup ${HOST}\.?(?: on \S+)?: (?:no such host|server misbehaving|i/o timeout|Temporary failure)`,
      'i',
    ),
    new RegExp(String.raw`(?:ENOTFOUND|EAI_AGAIN|ENODATA) ${ADDRESS}`),
    new RegExp(
      String.raw`(?:UnknownHostException|UnresolvedAddressException|UnknownHost\w*):? (?:Failed to resolve ['"])?${ADDRESS}`,
    ),
    new RegExp(
      String.raw`(?:could not translate host name|host not found in (?:upstream|resolver)|unknown (?:host|MySQL server host)|could ?n[o']t resolve host(?: name)?:?|unable to resolve host(?: address)?|failed to resolve|failed to lookup|getaddrinfo for host|bad address|name lookup of|could not be resolved:?) ["'\[\x60]?${ADDRESS}`,
      'i',
    ),
    new RegExp(
      String.raw`error -?\d connecting to ${HOST}:(?<port>\d+)\. (?:Name|Temporary|nodename|No address)`,
      'i',
    ),
    new RegExp(
      String.raw`(?:host=|to |connection to |//)['"]?${ADDRESS}${STOP}[^\n]{0,200}(?:name or service not known|temporary failure in name resolution|nodename nor servname|getaddrinfo|name does not resolve)`,
      'i',
    ),
    new RegExp(
      String.raw`(?:name or service not known|no such host is known|name does not resolve)\.? \(${ADDRESS}\)`,
      'i',
    ),
    new RegExp(
      String.raw`dns:(?:///)?${ADDRESS}[^\n]{0,80}(?:produced zero addresses|resolution failed)`,
      'i',
    ),
    new RegExp(String.raw`Unable to connect to \[?${HOST}/<unresolved>:(?<port>\d+)`),
    /name or service not known|temporary failure in name resolution|nodename nor servname|no such host|name resolution (?:fail|error)|name does not resolve|gaierror|produced zero addresses/i,
  ],
};

/** An address, or a host and a port that the line names apart. */
export const CONNECTION_REFUSED: Words = {
  cause: 'connection-refused',
  patterns: [
    new RegExp(String.raw`ECONNREFUSED ${ADDRESS}`),
    new RegExp(String.raw`ECONNREFUSED (?:\[?::1\]?|::):(?<port>\d+)`),
    new RegExp(
      String.raw`(?:connection to server at|running on host|connect to host|hostname|host)[ =]["']?${HOST}["']?[^\n]{0,80}?port[ =:]+["']?(?<port>\d+)["']?[^\n]{0,200}?refused`,
      'i',
    ),
    new RegExp(
      String.raw`running on host "${HOST}"[^\n]{0,80}\s+TCP/IP connections on port (?<port>\d+)`,
      's',
    ),
    new RegExp(String.raw`dial (?:tcp|udp)4? ${ADDRESS}[^\n]{0,40}connection refused`, 'i'),
    new RegExp(String.raw`Error \d+ connecting to ${ADDRESS}\.? (?:Connection refused|Connect)`, 'i'),
    new RegExp(String.raw`Can't connect to (?:MySQL|MariaDB) server on '${ADDRESS}'`, 'i'),
    new RegExp(String.raw`UnableToConnect on ${ADDRESS}`),
    new RegExp(String.raw`Connection to ${ADDRESS} refused`, 'i'),
    new RegExp(String.raw`Failed to connect to ${HOST} port (?<port>\d+)`, 'i'),
    new RegExp(String.raw`Failed to (?:open TCP connection|connect) to /?["']?${ADDRESS}`, 'i'),
    new RegExp(String.raw`refused[^\n]{0,20} \(${ADDRESS}\)`, 'i'),
    new RegExp(
      String.raw`refused[^\n]{0,30}(?:for|to|:) ["'(/]*(?:\w+://)?${HOST}(?:/[\d.]+)?(?::|" port )(?<port>\d{2,5})`,
      'i',
    ),
    new RegExp(String.raw`refused\)? while connecting to upstream[^\n]{0,200}upstream: "\w+://${ADDRESS}`),
    new RegExp(
      String.raw`Connection to node -?\d+ \(${HOST}(?:/[\d.]+)?:(?<port>\d+)\) could not be established`,
    ),
    new RegExp(
      String.raw`(?:connect\w*(?: to)?|host|url:?) ["'\[(]*(?:\w+://)?${HOST}(?:/[\d.]+)?:(?<port>\d{2,5})[^\n]{0,120}?refused`,
      'i',
    ),
    new RegExp(
      String.raw`Connection refused: (?:no further information: )?/?${HOST}(?:/[\d.]+)?:(?<port>\d+)`,
    ),
    new RegExp(String.raw`https?://${ADDRESS}[^\n]{0,200}refused`, 'i'),
    /connection refused|ECONNREFUSED|ConnectionRefused|actively refused it/i,
    /Communications link failure|Broker may not be available|upstream connect error/i,
  ],
};

export const CONNECTION_TIMEOUT: Words = {
  cause: 'connection-timeout',
  patterns: [
    new RegExp(
      String.raw`dial (?:tcp|udp)4? ${ADDRESS}: (?:i/o timeout|connect: (?:connection timed out|no route to host|network is unreachable))`,
      'i',
    ),
    new RegExp(String.raw`(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH) ${ADDRESS}`),
    new RegExp(
      String.raw`(?:connect\w*(?: to)?|host) ["'\[(/]*(?:\w+://)?${HOST}(?:/[\d.]+)?:(?<port>\d{2,5})[^\n]{0,120}?(?:timed? ?out|no route to host|unreachable)`,
      'i',
    ),
    new RegExp(
      String.raw`connection to server at "${HOST}"[^\n]{0,60}port (?<port>\d+) failed: (?:Connection|timeout|Operation timed out)`,
      'i',
    ),
    new RegExp(
      String.raw`(?:HTTPS?ConnectionPool)\(host='${HOST}', port=(?<port>\d+)\)[^\n]{0,300}(?:timed? ?out|timeout)`,
      'i',
    ),
    new RegExp(
      String.raw`connect\w* (?:timeout|timed out)[^\n]{0,12} (?:to|connecting to|for) ["'\x60]?${ADDRESS}`,
      'i',
    ),
    /ETIMEDOUT|EHOSTUNREACH|connection timed out|connect(?:ion)? time(?:d )?out|ConnectTimeout|no route to host|network is unreachable|Server selection timed out|No servers? (?:found|available)|context deadline exceeded[^\n]{0,40}dial|Timed out waiting for a node assignment/i,
  ],
};

export const LEADERSHIP_LOST: Words = {
  cause: 'leadership-lost',
  patterns: [/leader ?election lost|failed to renew lease (?<about>\S+)|lost (?:master|leadership|leader)/i],
};

/** What ends a program whose words no other pattern knows. */
export const PANIC: Words = {
  cause: 'panic',
  patterns: [
    /^(?:\S+ )?panic: (?<about>.{1,200})/,
    /thread '[^']+' (?:\(\d+\) )?panicked at (?<about>.{1,200})/,
    /^(?:Unhandled exception\. |Exception in thread "[^"]*" )(?<about>\S.{1,200})/,
    /^(?:PHP )?Fatal error: +Uncaught (?<about>.{1,200})/,
    /^fatal error: (?<about>.{1,200})/,
    /^\[?(?:UnhandledPromiseRejection\w*)[^\n]{0,60}(?<about>reason .{1,200})?/,
  ],
};
