/**
 * Secrets that give themselves away by their form: the prefixes, alphabets and lengths that their makers document. A length
 * is the least that counts, and a longer run of the same characters is hidden whole.
 */

/**
 * Where a token may begin: at no letter or digit, but behind an escape (`\n`, `%3D`) that ends in one. It allows one start
 * for each run of characters, which keeps the time linear.
 */
const START = String.raw`(?<![A-Za-z0-9](?<!\\[nrt]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}))`;
/** The same, where `_`, `-` and `.` before it make it a part of something longer. */
const ALONE = String.raw`(?<![\w.-](?<!\\[nrt]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}))`;
const STOP = String.raw`(?![A-Za-z0-9])`;
const UUID = '[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}';
/** At least one letter of each case and a digit within the next characters: no word, no name, no hexadecimal number. */
const MIXED = '(?=[A-Za-z_-]{0,60}[0-9])(?=[a-z0-9_-]{0,60}[A-Z])(?=[A-Z0-9_-]{0,60}[a-z])';

const FORMS: readonly string[] = [
  // JSON Web Tokens, service account tokens among them; Grafana's older keys, which are the first part alone
  String.raw`eyJrIjoi[A-Za-z0-9+/]{40,}=*`,
  // Clouds
  String.raw`(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}${STOP}`,
  String.raw`ABSK[A-Za-z0-9+/]{100,}=*`,
  String.raw`bedrock-api-key-[A-Za-z0-9+/=]{20,}`,
  String.raw`(?:FwoGZXIvYXdz|IQoJb3JpZ2lu)[A-Za-z0-9+/=%]{50,}`,
  String.raw`amzn\.mws\.${UUID}`,
  String.raw`(?:AIza[\w-]{35,}|GOCSPX-[\w-]{28,}|ya29\.[\w.-]{20,}|1\/\/0[\w-]{40,}|AQ\.Ab[\w-]{40,})`,
  String.raw`AAAA[\w-]{7}:[\w-]{100,}`,
  String.raw`[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}${STOP}`,
  String.raw`[A-Za-z0-9]{52}(?:JQQJ9|AzSe|AzFu|ACDb)[A-Za-z0-9+/=]{5,}`,
  String.raw`[A-Za-z0-9+/]{76}(?:\+ASt|ACDb|\+ABa)[A-Za-z0-9+/]{4,6}={0,2}`,
  String.raw`(?:LTAI[A-Za-z0-9]{16,}|AKID[A-Za-z0-9]{28,}|AQVN[\w-]{35,})`,
  String.raw`do[opr]_v1_[a-fA-F0-9]{40,}`,
  String.raw`(?:v1\.0-[a-f0-9]{24}-[a-f0-9]{100,}|HRKU-[\w-]{30,}|tk-us-[\w-]{40,}|rnd_[A-Za-z0-9]{24,})`,
  String.raw`(?:fo1_[\w-]{40,}|fm[12][ar]?_[A-Za-z0-9+/]{60,}=*)`,
  String.raw`(?:sbp_[a-f0-9]{40,}|sb_secret_[\w-]{20,}|nf[pocub]_[A-Za-z0-9]{30,}|napi_[a-z0-9]{40,}|vercel_blob_rw_\w{20,})`,
  // Git hosts and registries
  String.raw`ghs_[\w.-]{35,}[\w-]`,
  String.raw`(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{22,})`,
  String.raw`eC1hY2Nlc3MtdG9rZW46[A-Za-z0-9+/]{8,}=*`,
  String.raw`gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct|wt)-[\w-]{20,}(?:\.[\w-]{2,12}){0,2}`,
  String.raw`GR1348941[\w-]{20,}`,
  String.raw`(?:ATATT3|ATCTT3|ATBB|ATTA)[\w=-]{20,}`,
  String.raw`sgp_(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40}`,
  String.raw`(?:npm_[A-Za-z0-9]{30,}|dckr_(?:pat|oat)_[\w-]{20,}|pypi-[\w-]{50,}|rubygems_[a-f0-9]{40,}|cio${MIXED}[A-Za-z0-9]{32}${STOP}|oy2[a-z0-9]{43}${STOP})`,
  String.raw`(?:CLOJARS|clojars)_[A-Za-z0-9]{50,}`,
  String.raw`(?:AKCp[A-Za-z0-9]{60,}|cmVmd[A-Za-z0-9]{55,})`,
  String.raw`(?:CCIPAT|CCIPRJ)_\w{20,}`,
  String.raw`bk(?:ua|aj|ct|pt|at)_[a-f0-9]{30,}`,
  // Talk
  String.raw`(?:xoxe\.)?xox[abcdeoprs]-[\w%+/.-]{10,}`,
  String.raw`(?:xapp|xoxe|xwfp)-[\w-]{10,}`,
  String.raw`\d{8,10}:AA[\w-]{32,}`,
  // Secret stores, infrastructure, builds
  String.raw`dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,}`,
  String.raw`AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{50,}`,
  String.raw`A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}`,
  String.raw`ops_eyJ[A-Za-z0-9+/]{60,}=*`,
  String.raw`[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{50,}`,
  String.raw`pul-[a-f0-9]{40}`,
  String.raw`sha256~[\w-]{40,}`,
  String.raw`st\.[a-f0-9]{24}\.[a-f0-9]{32}\.[a-f0-9]{32}`,
  String.raw`0\.${UUID}\.[A-Za-z0-9]{30}:[A-Za-z0-9+/]{22}==`,
  String.raw`tskey-(?:auth-|api-|client-|scim-|webhook-)?[A-Za-z0-9]{8,}-[A-Za-z0-9]{16,}`,
  String.raw`dnkey-[\w=-]{26}-[\w=-]{40,}`,
  String.raw`API-[A-Z0-9]{26,}`,
  String.raw`(?:pat|sat)\.[\w-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}`,
  String.raw`(?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}\.[a-zA-Z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[\w+/=-]{30,}`,
  String.raw`lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}`,
  // Watching
  String.raw`gl(?:sa|c)_[\w+/=]{30,}`,
  String.raw`sntry[su]_[\w+/=]{40,}`,
  String.raw`NR(?:AK|II|IQ|RA|JS|SP|BR)-[A-Za-z0-9_-]{19,}`,
  String.raw`[a-f0-9]{36}NRAL${STOP}`,
  String.raw`dt0[a-z]\d\d\.[A-Z0-9a-z]{24}\.[A-Za-z0-9]{64}`,
  String.raw`(?:sqp|squ|sqa)_[a-f0-9]{40}`,
  String.raw`ph[xcs]_[A-Za-z0-9]{30,}`,
  String.raw`waka_${UUID}`,
  String.raw`essu_[\w+/=-]{20,}`,
  // Models
  String.raw`sk-(?:(?:proj|ant|svcacct|admin|or|lf|None)-[\w-]{20,}|[A-Za-z0-9]{32,})`,
  String.raw`(?:hf_|api_org_)[A-Za-z0-9]{30,}`,
  String.raw`(?:gsk_[A-Za-z0-9]{40,}|xai-[A-Za-z0-9]{40,}|pplx-[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{30,}|pcsk_[\w-]{40,})`,
  // Money
  String.raw`(?:[sr]k|pk|sk_org)_(?:live|test|prod)_[A-Za-z0-9]{10,}`,
  String.raw`whsec_[A-Za-z0-9+/]{20,}=*`,
  String.raw`access_token\$(?:production|sandbox)\$[a-z0-9]{10,}\$[a-f0-9]{32}`,
  String.raw`(?:EAAA(?!AA)[\w-]{22,}|sq0[a-z]{3}-[\w-]{22,})`,
  String.raw`access-(?:sandbox|development|production)-${UUID}`,
  String.raw`(?:FLWSECK|FLWPUBK)(?:_TEST)?-[A-Za-z0-9]{12,}(?:-X)?`,
  String.raw`EZ[AT]K[A-Za-z0-9]{50,}`,
  String.raw`shippo_(?:live|test)_[a-fA-F0-9]{40}`,
  String.raw`(?:rzp_(?:live|test)_[A-Za-z0-9]{14,}|pdl_(?:live|sdbx)_apikey_[a-z0-9]{20,}\w*|duffel_(?:test|live)_[\w=-]{40,})`,
  // Mail
  String.raw`SG\.[\w=.-]{60,}`,
  String.raw`x(?:keysib|smtpsib)-[a-f0-9]{64}-[A-Za-z0-9]{16}`,
  String.raw`re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}`,
  // Applications
  String.raw`shp(?:at|ca|pa|ss|ua|tka)_[a-fA-F0-9]{32}`,
  String.raw`SK[0-9a-fA-F]{32}${STOP}`,
  String.raw`dapi[a-f0-9]{32}(?:-\d)?`,
  String.raw`(?:ntn_|secret_)[A-Za-z0-9]{40,}`,
  String.raw`PMAK-[a-fA-F0-9]{24}-[a-fA-F0-9]{34}`,
  String.raw`lin_(?:api|oauth)_[A-Za-z0-9]{30,}`,
  String.raw`pscale_(?:tkn|pw|oauth)_[\w=.-]{20,}`,
  String.raw`pat[A-Za-z0-9]{14}\.[a-f0-9]{64}`,
  String.raw`pat-(?:na|eu|ap)\d-${UUID}`,
  String.raw`fig[durom]{1,3}_[\w-]{36,}`,
  String.raw`CFPAT-[\w-]{40,}`,
  String.raw`(?:EAA[A-Za-z0-9]{80,}|\d{15,16}(?:\||%7C)[\w-]{27,})`,
  String.raw`A{20,}[A-Za-z0-9%]{60,}`,
  String.raw`sl\.(?:u\.)?[\w=-]{100,}`,
  String.raw`[A-Za-z0-9]{11}A{10}[\w=-]{43}`,
  String.raw`00D[A-Za-z0-9]{12,15}![\w.]{60,}`,
  String.raw`[a-z]{3}_(?:aat|pat|sat)_[A-Za-z0-9]{16,}`,
  String.raw`(?:p8e-[A-Za-z0-9]{32}|fio-u-[\w=-]{60,}|ico-[A-Za-z0-9]{32}|pn[ub]_[A-Za-z0-9]{36}|rdme_[a-z0-9]{60,}|tfp_[\w.=-]{50,}|s-s4t2(?:ud|af)-[a-f0-9]{60,}|[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk|4b1d[A-Za-z0-9]{38})${STOP}`,
  String.raw`[ps]k\.eyJ[\w-]{20,}\.[\w-]{10,}`,
  String.raw`[ps]k\.[a-z0-9]{60}\.[a-z0-9]{22}`,
  // A password's hash: crypt, bcrypt, Argon2, PBKDF2
  String.raw`\$(?:1|2[abxy]?|5|6|7|y|apr1|argon2(?:id|i|d)|pbkdf2-sha\d+|scrypt)\$[A-Za-z0-9./+=,$-]{20,}`,
];

/** Forms so plain, or so slow to fail, that no part of a name may precede them. */
const PLAIN_FORMS: readonly string[] = [
  // JSON Web Tokens, service account tokens among them
  String.raw`eyJ[\w+/=-]{5,}\.[\w+/=-]{5,}(?:\.[\w+/=-]*){0,3}`,
  String.raw`SG\.[\w=-]{16,}\.[\w=-]{16,}`,
  String.raw`t1\.[\w-]{8,}={0,2}\.[\w-]{60,}={0,2}`,
  String.raw`(?:hv[sbr]\.[\w-]{20,}|[sbr]\.(?=[a-z]{0,23}[A-Z0-9])(?=[A-Z0-9]{0,23}[a-z])[A-Za-z0-9]{24}${STOP}(?![.(]))`,
  String.raw`[A-Za-z0-9_~.]{3}\dQ~[\w~.-]{31,}`,
  String.raw`(?:live|test)_(?:pub_)?(?:[a-f0-9]{30,}|${MIXED}[A-Za-z0-9]{30,})${STOP}`,
  String.raw`(?:key|pubkey)-[a-f0-9]{32}${STOP}`,
  String.raw`[a-f0-9]{32}-us\d{1,2}${STOP}`,
  String.raw`(?:sdk|mob)-${UUID}`,
  String.raw`(?<!/)[0-2]/\d{16}(?:/\d{10,20})?:[a-f0-9]{32}${STOP}`,
  String.raw`(?<!/)0/[a-f0-9]{32}${STOP}`,
  String.raw`${MIXED}[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}`,
  String.raw`b_${MIXED}[\w=-]{44}${STOP}`,
  // Whoever else marks tokens: a short prefix, then more mixed characters than an identifier has
  String.raw`[A-Za-z][a-z0-9]{1,11}(?:_[a-z0-9]{1,10}){0,2}_${MIXED}[A-Za-z0-9]{32,}[\w+/=-]*`,
];

/** Each alone, for tests that hold every one of them to the rules of linear time. */
export const TOKEN_PATTERNS: readonly RegExp[] = [
  ...FORMS.map((form) => new RegExp(`${START}(?:${form})`, 'g')),
  ...PLAIN_FORMS.map((form) => new RegExp(`${ALONE}(?:${form})`, 'g')),
];

/** All in one, so that a long text is read twice and not a hundred times. */
const ANY_TOKEN = [
  new RegExp(`${START}(?:${FORMS.join('|')})`, 'g'),
  new RegExp(`${ALONE}(?:${PLAIN_FORMS.join('|')})`, 'g'),
];

/**
 * What surrounds a secret and tells where it is. The group `keep` stays.
 * An image reference (`docker-pullable://cart:2@sha256:…`) holds no password, and `Bearer realm="…"` and "no basic auth
 * credentials" say nothing secret.
 */
export const SURROUNDED: readonly RegExp[] = [
  // Addresses that are a secret themselves
  /(?<keep>hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/+-]{8,200}/g,
  /(?<keep>discord(?:app)?\.com\/api\/webhooks\/\d{5,25}\/)[\w-]{20,200}/g,
  /(?<keep>webhook\.office\.com\/webhookb2\/)[\w@/-]{20,400}/g,
  /(?<keep>outlook\.office(?:365)?\.com\/webhook\/)[\w@/-]{20,400}/g,
  /(?<keep>hooks\.zapier\.com\/hooks\/(?:catch|standard)\/)[\w/-]{6,200}/g,
  /(?<keep>maker\.ifttt\.com\/trigger\/[\w-]{1,80}\/(?:json\/)?with\/key\/)[\w-]{10,200}/g,
  /(?<keep>events\.pagerduty\.com\/(?:integration|x-ere)\/)[A-Za-z0-9]{16,200}/g,
  /(?<keep>webexapis\.com\/v1\/webhooks\/incoming\/)[\w-]{16,200}/g,
  /(?<keep>open\.(?:feishu\.cn|larksuite\.com)\/open-apis\/bot\/v2\/hook\/)[\w-]{16,200}/g,
  /(?<keep>:\/\/[\w.:-]{1,200}\/hooks\/)(?=[\w/-]{0,60}\d)[\w/-]{20,200}/g,
  /(?<keep>\/bot\d{8,10}:)[\w-]{30,}/g,
  // Passwords in addresses
  /(?<keep>:\/\/[^\s:@/"'`<>]{0,128}:)(?!\*\*\*@)[^\s/"'`<>]{1,256}(?=@(?!sha\d{3}:))/g,
  /(?<keep>:\/\/[^\s:@/"'`<>]{1,128}:)(?!\*\*\*@|\d{1,5}\/)[^\s@"'`<>?#]{1,256}(?=@(?!sha\d{3}:)[\w.-]{1,200}(?:[:/,?]|$|[\s"'`]))/gm,
  /(?<keep>:\/\/)[^\s:@/"'`<>.]{20,256}(?=@(?!sha\d{3}:))/g,
  /(?<![\w.-])(?<keep>[\w.-]{1,64}:)(?!\*\*\*@)[^\s@/:"'`]{1,128}(?=@(?:tcp|unix)\()/g,
  /(?<keep>jdbc:oracle:thin:[\w$.-]{1,64}\/)[^\s@"']{1,128}(?=@)/g,
  // Signed addresses
  /(?<keep>[?&;](?:sig|se?ignature|X-Amz-Signature|X-Amz-Security-Token|X-Amz-Credential|X-Goog-Signature|X-Goog-Credential|Signature)=)[\w%+/=.~-]{8,2000}/gi,
  // Authentication headers and schemes
  /(?<![A-Za-z0-9])(?<keep>(?:Bearer|DPoP)[ \t]{1,4})(?=[A-Za-z.~+/_-]{0,200}\d)[\w.~+/-]{16,}=*/gi,
  /(?<![A-Za-z0-9])(?<keep>Basic[ \t]{1,4})(?=[A-Za-z+/]{0,200}[0-9=])[A-Za-z0-9+/]{8,}=*/gi,
  /(?<![A-Za-z0-9])(?<keep>(?:SSWS|GenieKey|Splunk|ApiKey|Api-Key|FlyV1|NetrcToken|OAuth|AccessKey)[ \t]{1,4})(?=[\w.~+/=,-]{0,200}\d)[\w.~+/=,-]{10,}/g,
  /(?<keep>AWS4-HMAC-SHA256[^\n]{0,400}Signature=)[a-f0-9]{16,}/g,
  /(?<keep>\boauth:)[a-z0-9]{30}(?![A-Za-z0-9])/g,
];

/** No form is shorter than this, and most texts hold no such run: they need not be searched for any form. */
const LONG_RUN = /[\w+/=.~$!:|%-]{16}/;
/** Something of every pattern that knows a secret by its surroundings. */
const LEADS_TO_ONE =
  /:\/\/|@|jdbc:|oauth:|signature|sig=|\.com\/|\/bot|bearer|basic|dpop|SSWS|key|splunk|V1|Token|OAuth/i;

/** Replaces every token by `***`, and keeps what surrounds it. */
export function maskTokens(text: string): string {
  const masked = LONG_RUN.test(text)
    ? ANY_TOKEN.reduce((here, pattern) => here.replace(pattern, '***'), text)
    : text;
  if (!LEADS_TO_ONE.test(masked)) return masked;
  return SURROUNDED.reduce(
    (here, pattern) =>
      here.replace(pattern, (...match: unknown[]) => `${(match.at(-1) as { keep: string }).keep}***`),
    masked,
  );
}
