/**
 * Secrets that follow words instead of a name: in sentences, in commands, in files with columns. The group
 * `keep` stays. Every repetition is bounded, and each pattern begins with a word of its own.
 */
const VALUE = String.raw`(?!\*\*\*|\$[({A-Z_]|<|vault:|ref\+|ENC\[|op://|arn:)`;
/** No word and no name: a digit or a sign among at least five characters. */
const UNUSUAL = String.raw`(?=[^\s"'\`]{0,80}[0-9!@#$%^&*+=~?])[^\s"'\`,;)\]}<>]{5,200}`;

const PHRASES: readonly RegExp[] = [
  // .netrc
  String.raw`(?<keep>\b(?:login|account)\s{1,8}\S{1,100}\s{1,8}password\s{1,8})${VALUE}[^\s"'\`]{1,200}`,
  // redis.conf, vault login …, echo … | docker login --password-stdin
  String.raw`(?<keep>(?:\b|--)(?:requirepass|masterauth|vault login(?: token=)?)\s{1,8}["'\`]?)${VALUE}(?!-)[^\s"'\`]{6,200}`,
  String.raw`(?<keep>\becho (?:-n )?["']?)${VALUE}[^\s"'|]{4,200}(?=["']?\s{0,4}\|\s{0,4}[\w.-]{1,20}[^\n|]{0,200}--password-stdin)`,
  // SQL
  String.raw`(?<keep>\b(?:identified(?:\s{1,4}with\s{1,4}\w{1,40})?\s{1,4}by|(?:with|set|encrypted|user)\s{1,4}password|password)\s{1,4}(?:password\s{1,4})?')${VALUE}[^'\n]{1,200}(?=')`,
  // password hunter2, the password is "hunter2", password was hunter2
  String.raw`(?<keep>\bpass(?:word|wd|phrase)s?(?: for (?:user )?["'\`]?[\w.@-]{1,64}["'\`]?:?)?(?:\s{0,4}[→|]\s{0,4}|\s{1,4})(?:(?:(?:is|was|of|to|are)[:=]?|→)\s{1,4})?["'\`]?)${VALUE}${UNUSUAL}`,
  String.raw`(?<keep>\bpass(?:word|phrase)\s{1,4}(?:is|was|of|to)\s{1,4}["'\`])${VALUE}[^"'\`\n]{3,200}(?=["'\`])`,
  // token 5f3a…, secret key …, api key …
  String.raw`(?<keep>\b(?:tokens?|api[ -]?keys?|secrets?|access keys?|secret keys?|credentials?)\s{1,4}(?:(?:is|was|of|=|:)\s{1,4})?["'\`(]?)${VALUE}(?=[A-Za-z0-9+/_-]{0,60}\d)(?=[0-9+/_-]{0,60}[A-Za-z])(?![0-9a-f]{8}-[0-9a-f]{4}-|[a-z0-9]{1,63}(?:[./-][a-z0-9]{1,63}){1,8}(?:["'\`\s,.:)]|$))[A-Za-z0-9+/_=.~-]{16,1000}`,
  // curl -u user:password
  String.raw`(?<keep>\bcurl\b[^\n]{0,300}?(?:\n[^\n]{0,300}?){0,4}\s(?:-[A-Za-z]{0,4}u|--user|--proxy-user|-U)[=\s]{0,4}["']?[^\s:"'$]{0,100}:)${VALUE}[^\s"'\n]{1,200}`,
  // mysql -p…, sshpass -p …, redis-cli -a …, docker login -p …
  String.raw`(?<keep>\b(?:mysql|mysqldump|mysqladmin|mariadb|mongo|mongosh|mongodump|sshpass|docker|podman|oc|az|cqlsh|7z|unzip|zip|lftp|smbclient|sqlcmd|twine|ldapsearch|ldapadd|redis-cli)\b[^\n|]{0,300}?\s-(?:p|a|w|P)[ =]{0,2}["']?)${VALUE}(?![\d:./-]+(?:\s|$)|[a-z]{1,12}(?:\s-|$))(?=[^\s"'\`]{0,80}[0-9!@#$%^&*])[^\s"'\n-][^\s"'\n]{2,200}`,
  String.raw`(?<keep>\b(?:(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|]{0,300}?\s-p|(?:sshpass|redis-cli)\b[^\n|]{0,300}?\s-[pa][ =]{0,2})["']?)${VALUE}(?!\d{1,5}(?:\s|$))[^\s"'\n-][^\s"'\n]{3,200}`,
  String.raw`(?<keep>\bpass(?:in|out)?[ =](?:pass|env):)${VALUE}[^\s"']{1,200}`,
].map((source) => new RegExp(source, 'gi'));

/** .pgpass: host, port, database, user, password. */
const PGPASS =
  /^(?<keep>[\w.*-]{1,100}:(?:\d{2,5}|\*):[\w.*-]{1,64}:[\w.*-]{1,64}:)(?!\*\*\*)[^\s:]{1,200}$/gm;
/** The private parts of a JSON Web Key. */
const WEB_KEY = /(?<keep>\\?"(?:d|p|q|dp|dq|qi|k)\\?"\s{0,4}:\s{0,4}\\?")[\w-]{20,2000}(?=\\?")/g;

/** Some word of every pattern here. */
const LEADS_TO_ONE =
  /pass|login|account|identified|token|key|secret|credential|curl|mysql|mariadb|mongo|docker|podman|\boc\b|\baz\b|cqlsh|7z|zip|lftp|smbclient|sqlcmd|ldap|redis|twine|masterauth|vault|:[\d*]+:|"kty/i;

export function maskPhrases(text: string): string {
  if (!LEADS_TO_ONE.test(text)) return text;
  const patterns = [...PHRASES, PGPASS, ...(/"kty\\?"/.test(text) ? [WEB_KEY] : [])];
  return patterns.reduce(
    (here, pattern) =>
      here.replace(pattern, (...match: unknown[]) => `${(match.at(-1) as { keep: string }).keep}***`),
    text,
  );
}
