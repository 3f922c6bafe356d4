/** How far a name gives its value away: `sure` masks nearly anything, `maybe` what is no word or name, `key` only what looks random. */
export type Suspicion = 'sure' | 'header' | 'maybe' | 'key' | 'none';

const SURE = words(`
  password passwd passphrase passwort passcode p4ssw0rd motdepasse contrase requirepass masterauth apikey apisecret apitoken clientsecret accesstoken authtoken refreshtoken
  bearertoken sessiontoken securitytoken bottoken secretaccesskey accountkey sharedaccesskey sharedaccesssignature
  privatekey encryptionkey decryptionkey signingkey masterkey dockerconfigjson dockercfg setcookie secretkeybase clientkeydata
  presharedkey sharedsecret consumersecret appsecret jwtsecret webhooksecret identitytoken personalaccesstoken deploytoken
  subscriptionkey functionskey storagekey licensekey ingestkey writekey servicekey hmackey sessionkey cookiesecret
  userkey integrationkey routingkey accesskeysecret applicationkey appkey mnemonic seedphrase storepass keypass
  authkey secretid vaulttoken connectionkey primarykey secondarykey sshkey pgpkey gpgkey rsakey`);
/** Names in which "key" is harmless: `primary key`, `routing key`, `session key` of databases and queues are names. */
const MEANS_A_NAME = new Set(words('primarykey secondarykey routingkey sessionkey userkey'));
const SURE_WORDS = new Set(['pwd', 'cookie', 'pswd', 'pgpassword']);
const HEADERS = words('authorization');
const MAYBE = words(`
  token secret secretkey accesskey credential credentials csrftoken xsrftoken sessionid jsessionid phpsessid sessid connectsid
  secretkeyref`);
const MAYBE_WORDS = new Set([
  'auth',
  'pass',
  'salt',
  'sig',
  'signature',
  'creds',
  'cred',
  'psk',
  'pw',
  'nonce',
  'session',
  'sid',
]);
/** Names that end like a secret's and hold something else: what it is called, where it lies, how it is checked. */
const NO_SECRET =
  /(?:checksum|digest|fingerprint|publickey|public_key|pubkey|partitionkey|sortkey|hashkey|cachekey|(?:existing|imagepull|pull|tls|ssl|ca|cert|certificate|credentials?|password|token|registry|image|backend|docker)secrets?|secretname|secretkeyref|secretref|tokentype|tokenreview|nexttoken|continuetoken|pagetoken|nextpagetoken|authmethod|imageauth|passwordsecret|cookiename|auth(?:entication)?mode)$/;
/** Makers whose tokens have no form of their own: their name in a key, and something random behind it, is one. */
const MAKERS =
  /adafruit|adobe|airtable|algolia|alibaba|aliyun|amplitude|asana|atlassian|auth0|beamer|bitbucket|bittrex|bugsnag|cloudflare|cloudinary|codecov|cohere|coinbase|confluence|confluent|contentful|coveralls|datadog|digitalocean|discord|dnkey|droneci|dropbox|dynatrace|elastic|etsy|facebook|fastly|figma|finicity|finnhub|firebase|flickr|freshbooks|gitter|gocardless|grafana|heroku|honeycomb|hubspot|intercom|jenkins|jfrog|artifactory|bintray|jira|kraken|kucoin|launchdarkly|linear|linkedin|linode|lob(?![a-z])|logzio|looker|mailchimp|mailgun|mandrill|mapbox|mattermost|meraki|messagebird|mixpanel|netlify|newrelic|nexmo|notion|nytimes|okta|opsgenie|pagerduty|paypal|plaid|postman|postmark|privateai|pubnub|pusher|rapidapi|rollbar|salesforce|segment|sendbird|sendgrid|sentry|shodan|shopify|slack|snyk|sonar|splunk|spotify|square|squarespace|stripe|sumo|supabase|telegram|telegr|terraform|travis|trello|twilio|twitch|twitter|typeform|vercel|virustotal|vultr|wakatime|yandex|zendesk|zoom/;

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

export function suspicionOf(name: string): Suspicion {
  const plain = name.replace(/[_.-]/g, '').toLowerCase();
  const last = name.slice(name.search(/[^_.-]+[_.-]*$/)).replace(/[_.-]/g, '');
  const lastWord = last.slice(last.search(/(?:[A-Z]?[a-z0-9]+|[A-Z0-9]+)$/)).toLowerCase();
  if (NO_SECRET.test(plain)) return plain === 'secretkeyref' || plain.endsWith('name') ? 'none' : 'key';
  if (HEADERS.some((word) => plain.endsWith(word))) return 'header';
  if (SURE_WORDS.has(lastWord)) return 'sure';
  const sure = SURE.find((word) => plain.endsWith(word));
  if (sure !== undefined) return MEANS_A_NAME.has(sure) ? 'key' : 'sure';
  if (MAYBE_WORDS.has(lastWord) || MAYBE.some((word) => plain.endsWith(word))) return 'maybe';
  return lastWord === 'key' || lastWord === 'keys' || MAKERS.test(plain) ? 'key' : 'none';
}

const END = String.raw`(?=[.,;:!?]?(?:[\s"')}\]\\<]|$))`;
/** References to a value, and values already masked. */
const PLACEHOLDER = new RegExp(
  String.raw`^(?:\$[A-Za-z_][A-Za-z0-9_]*${END}|\$\([\w.-]+\)|\$\{[^}\n]{1,120}\}|%[A-Za-z_]\w*%|\{\{|<[\w :/#.-]{1,120}>|\*{3,}${END}|x{3,}${END}|ENC\[|vault:|ref\+|op://|sha\d{3}:|arn:|projects/|\[[A-Za-z_ ]{2,30}\]|process\.env|os\.environ|env\.)`,
);
/** What follows a name in a sentence, or says that there is no value. */
const SAYS_NOTHING = new RegExp(
  String.raw`^(?:not|no|is|was|are|has|have|had|missing|required|must|may|should|cannot|can't|can|could|couldn't|unset|undefined|invalid|expired|expires|empty|none|null|nil|true|false|yes|unknown|wrong|incorrect|failed|failure|fails|unexpected|error|unauthorized|forbidden|denied|redacted|hidden|masked|omitted|provided|disabled|enabled|optional|unable|too|for|from|with|without|of|in|on|at|by|to|and|or|the|a|an|this|that|it|user|users|field|value|key|file|secret|token|password|authentication|authorization|permission|access|request|cluster|namespace|service|string|does|do|did|will|would|be|been|mismatch|rejected|refused|verification|validation|using|used|please|changed|set|reset|length|only|mode|policy|check|bearer|basic|digest)${END}`,
  'i',
);

/** Judges the value that `text` starts with. */
export function isSecret(text: string, length: number, suspicion: Suspicion): boolean {
  const value = text.slice(0, length);
  if (PLACEHOLDER.test(text) || SAYS_NOTHING.test(text)) return false;
  if (suspicion === 'sure' || suspicion === 'header')
    return /[\p{L}\p{N}]/u.test(value) || /[^\s{}[\]()]{4}/.test(value);
  if (suspicion === 'maybe')
    return (
      length >= 6 &&
      /[A-Za-z0-9]/.test(value) &&
      !isNameOrNumber(value) &&
      !/^[A-Za-z_]{2,30}=[^=]/.test(value)
    );
  return looksRandom(value);
}

/** Letters and digits in no order that a name, a version, a digest or an address has. */
function looksRandom(value: string): boolean {
  const body = value.replace(/[=.,;]+$/, '');
  if (body.length < 20 || !/^[\w+/=.~-]+$/.test(value) || isNameOrNumber(value)) return false;
  if (/^[0-9a-f-]+$/i.test(body) || /^\d+\./.test(body) || /^[\w.-]+\/[\w./-]+$/.test(body)) return false;
  const isMixed = /[a-z]/.test(body) && /[A-Z]/.test(body) && /\d/.test(body);
  return isMixed ? entropyOf(body) >= 3.5 : /\d/.test(body) && !/[-_./]/.test(body) && entropyOf(body) >= 3.5;
}

/** Bits a character: 4 for random hexadecimal, about 3 for words. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const sign of text) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  return [...counts.values()].reduce(
    (sum, count) => sum - (count / text.length) * Math.log2(count / text.length),
    0,
  );
}

/** Words, Kubernetes names (`shop/db-creds-v2`, with a generated hash too), paths and small numbers. */
function isNameOrNumber(value: string): boolean {
  if (/^(?:\d{1,9}|[A-Z]?[a-z]{1,30}|[A-Z]{1,15})[.,:;!?]?$/.test(value) || /^\.{0,2}\/[\w.-]+\//.test(value))
    return true;
  if (/^(?:[A-Z]?[a-z]{2,20}){2,6}$/.test(value) || /^[A-Z]{2,20}(?:_[A-Z]{2,20})+$/.test(value)) return true;
  if (/^[A-Za-z][A-Za-z0-9+.-]{1,20}:\/\//.test(value)) return true;
  const name = value.replace(/[.,:;!?]+$/, '');
  return /[-_/.:]/.test(name) && name.split(/[-_/.:]/).every(isNamePart);
}

function isNamePart(part: string): boolean {
  return /^(?:[a-z]{0,30}\d{0,2}|[A-Z]{1,20}|v?\d{1,4}|[bcdfghkmt2456789]{8,10}|[bcdfghjklmnpqrstvwxz2456789]{5})$/.test(
    part,
  );
}
