/**
 * True secrets in the formats that scanners know, made when the tests run: a prefix, then pseudo-random characters of the
 * alphabet and length that the maker documents. Nothing in this file is a secret, or looks like one to those who scan
 * repositories.
 */
export interface SecretSample {
  /** What the measured table counts by. */
  readonly kind: Kind;
  readonly name: string;
  readonly text: string;
  /** What no part of may be left. */
  readonly secrets: readonly string[];
}

export type Kind =
  | 'token by its form'
  | 'telling name'
  | 'address'
  | 'header'
  | 'key block'
  | 'command or sentence'
  | 'encoded';

const ALPHABETS: Readonly<Record<string, string>> = {
  n: '0123456789',
  h: '0123456789abcdef',
  H: '0123456789ABCDEF',
  a: 'abcdefghijklmnopqrstuvwxyz0123456789',
  l: 'abcdefghijklmnopqrstuvwxyz',
  U: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  A: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  L: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  w: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-',
  b: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  p: 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789!^*-',
};

/** A linear congruential generator: the same samples in every run of one seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Fills `{A36}` (36 of alphabet A) and `{uuid}`. Letters and digits take turns at the start, so that no body is a word by chance. */
function filled(template: string, random: () => number): string {
  const some = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
  return template
    .replaceAll('{uuid}', '{h8}-{h4}-{h4}-{h4}-{h12}')
    .replace(/\{([A-Za-z])(\d+)\}/g, (_whole, set: string, length: string) =>
      some(ALPHABETS[set]!, Number(length)),
    );
}

/** `prefix|body`, joined when the tests run. */
const FORMS: readonly (readonly [name: string, template: string])[] = [
  ['GitHub personal token', 'gh|p_{A36}'],
  ['GitHub OAuth token', 'gh|o_{A36}'],
  ['GitHub user token', 'gh|u_{A36}'],
  ['GitHub installation token', 'gh|s_{A36}'],
  ['GitHub refresh token', 'gh|r_{A76}'],
  ['GitHub fine-grained token', 'github|_pat_{A22}_{A59}'],
  ['GitLab personal token', 'gl|pat-{w20}'],
  ['GitLab routable token', 'gl|pat-{w27}.{a2}{a7}'],
  ['GitLab deploy token', 'gl|dt-{w20}'],
  ['GitLab runner token', 'gl|rt-{w20}'],
  ['GitLab runner registration', 'GR|1348941{w20}'],
  ['GitLab job token', 'gl|cbt-{A2}_{w20}'],
  ['GitLab trigger token', 'gl|ptt-{h40}'],
  ['GitLab feed token', 'gl|ft-{w20}'],
  ['GitLab mail token', 'gl|imt-{w25}'],
  ['GitLab agent token', 'gl|agent-{w50}'],
  ['GitLab OAuth secret', 'gl|oas-{w64}'],
  ['GitLab SCIM token', 'gl|soat-{w20}'],
  ['GitLab feature flag token', 'gl|ffct-{w20}'],
  ['Bitbucket app password', 'AT|BB{A32}'],
  ['Atlassian token', 'AT|ATT3{A180}={h8}'],
  ['AWS key id', 'AK|IA{U16}'],
  ['AWS temporary key id', 'AS|IA{U16}'],
  ['AWS Bedrock key', 'AB|SK{b120}=='],
  ['Google API key', 'AI|za{w35}'],
  ['Google OAuth secret', 'GOC|SPX-{w28}'],
  ['Google access token', 'ya|29.{w120}'],
  ['Azure AD client secret', '{A3}8|Q~{w34}'],
  ['Azure DevOps token', '{A76}|AZDO{A4}'],
  ['Alibaba key id', 'LT|AI{A20}'],
  ['Slack bot token', 'xo|xb-{n12}-{n12}-{A24}'],
  ['Slack user token', 'xo|xp-{n12}-{n12}-{n12}-{h32}'],
  ['Slack app token', 'xa|pp-1-{U11}-{n13}-{h64}'],
  ['Slack configuration token', 'xo|xe.xoxp-1-{U163}'],
  ['Slack refresh token', 'xo|xe-1-{U146}'],
  ['Discord bot token', 'M{L1}4x9{A20}|.{w6}.{w38}'],
  ['Telegram bot token', '{n9}|:AA{w33}'],
  ['OpenAI project key', 's|k-proj-{w74}T3BlbkFJ{w74}'],
  ['OpenAI older key', 's|k-{A20}T3BlbkFJ{A20}'],
  ['Anthropic key', 's|k-ant-api03-{w93}AA'],
  ['Hugging Face token', 'h|f_{L34}'],
  ['Hugging Face organisation token', 'api|_org_{L34}'],
  ['Groq key', 'gs|k_{A52}'],
  ['Perplexity key', 'ppl|x-{A48}'],
  ['Replicate token', 'r|8_{A37}'],
  ['LangSmith key', 'lsv2|_pt_{h32}_{h10}'],
  ['Stripe key', 'sk|_live_{A24}'],
  ['Stripe restricted key', 'rk|_live_{A99}'],
  ['Stripe webhook secret', 'wh|sec_{A32}'],
  ['Square token', 'EA|AA1q{w55}'],
  ['Square OAuth secret', 'sq|0csp-{w43}'],
  ['PayPal token', 'access_token|$production${a16}${h32}'],
  ['Plaid token', 'acc|ess-production-{uuid}'],
  ['Shopify token', 'shp|at_{h32}'],
  ['Shopify shared secret', 'shp|ss_{h32}'],
  ['SendGrid key', 'S|G.{w22}.{w43}'],
  ['Brevo key', 'xkey|sib-{h64}-{A16}'],
  ['Mailgun key', 'ke|y-{h32}'],
  ['Mailchimp key', '{h32}|-us14'],
  ['Resend key', 're|_{A8}_{A24}'],
  ['Twilio key', 'S|K{h32}'],
  ['npm token', 'np|m_{A36}'],
  ['PyPI token', 'py|pi-AgEIcHlwaS5vcmc{w80}'],
  ['RubyGems key', 'rubyg|ems_{h48}'],
  ['crates.io token', 'ci|o{A32}'],
  ['NuGet key', 'oy|2{a43}'],
  ['Clojars token', 'CLO|JARS_{a60}'],
  ['Docker token', 'dckr|_pat_{w27}'],
  ['Artifactory key', 'AK|Cp{A69}'],
  ['Artifactory reference token', 'cm|Vmd{A59}'],
  ['CircleCI token', 'CCI|PAT_{A22}_{h40}'],
  ['Vault service token', 'hv|s.{w95}'],
  ['Vault batch token', 'hv|b.{w140}'],
  ['Vault older token', 's|.{A24}'],
  ['Terraform Cloud token', '{A14}|.atlasv1.{w67}'],
  ['Pulumi token', 'pu|l-{h40}'],
  ['age key', 'AGE-SECRET|-KEY-1{U58}'],
  ['1Password secret key', 'A3|-{U6}-{U11}-{U5}-{U5}-{U5}'],
  ['1Password service token', 'op|s_eyJ{b260}'],
  ['Doppler token', 'd|p.pt.{a43}'],
  ['Doppler service token', 'd|p.st.prd.{A43}'],
  ['Infisical token', 's|t.{h24}.{h32}.{h32}'],
  ['OpenShift token', 'sha|256~{w43}'],
  ['Databricks token', 'da|pi{h32}-2'],
  ['DigitalOcean token', 'do|p_v1_{h64}'],
  ['DigitalOcean refresh token', 'do|r_v1_{h64}'],
  ['Cloudflare origin key', 'v1.0|-{h24}-{h146}'],
  ['Fly token', 'fm|2_{b120}'],
  ['Heroku key', 'HRK|U-AA{w58}'],
  ['Netlify token', 'nf|p_{A36}'],
  ['Supabase token', 'sb|p_{h40}'],
  ['Tailscale key', 'tskey|-auth-{A12}CNTRL-{A32}'],
  ['PlanetScale token', 'pscale|_tkn_{w43}'],
  ['PlanetScale password', 'pscale|_pw_{w43}'],
  ['Grafana service token', 'gl|sa_{A32}_{h8}'],
  ['Grafana Cloud token', 'gl|c_{b60}'],
  ['Sentry organisation token', 'sntr|ys_eyJpYXQiO{A60}_{b43}'],
  ['Sentry user token', 'sntr|yu_{h64}'],
  ['New Relic user key', 'NRA|K-{U27}'],
  ['New Relic insert key', 'NRI|I-{w32}'],
  ['New Relic licence', '{h36}|NRAL'],
  ['Dynatrace token', 'dt0|c01.{U24}.{U64}'],
  ['SonarQube token', 'sq|u_{h40}'],
  ['LaunchDarkly key', 'sd|k-{uuid}'],
  ['PostHog key', 'ph|x_{A43}'],
  ['Linear key', 'lin|_api_{A40}'],
  ['Notion token', 'nt|n_{n11}{A35}'],
  ['Notion older token', 'secr|et_{A43}'],
  ['Postman key', 'PM|AK-{h24}-{h34}'],
  ['Airtable token', 'pa|t{A14}.{h64}'],
  ['HubSpot token', 'pa|t-na1-{uuid}'],
  ['Figma token', 'fi|gd_{w40}'],
  ['Contentful token', 'CFP|AT-{w43}'],
  ['Dropbox token', 's|l.{w135}'],
  ['Facebook token', 'EA|ACEdEose0{A110}'],
  ['Typeform token', 'tf|p_{w59}'],
  ['Octopus key', 'AP|I-{U26}'],
  ['Harness key', 'pa|t.{A22}.{A24}.{A20}'],
  ['ReadMe key', 'rd|me_{a70}'],
  ['Prefect key', 'pn|u_{A36}'],
  ['Scalingo token', 'tk|-us-{w48}'],
  ['EasyPost key', 'EZ|AK{A54}'],
  ['Flutterwave key', 'FLW|SECK_TEST-{h32}-X'],
  ['MaxMind key', '{A6}|_{A29}_mmk'],
  ['Sourcegraph token', 'sg|p_{h16}_{h40}'],
  ['a maker that nobody knows', 'acme|_live_k9Q{A40}'],
  ['a password hash', '$2|b$12${A53}'],
];

/** Where a token stands; each form takes one of these in turn. */
const PLACES: readonly ((token: string) => string)[] = [
  (token) => token,
  (token) => `2026-01-31T02:14:07Z ERROR request with ${token} was refused`,
  (token) => `{"level":"error","msg":"refused ${token}","port":80}`,
  (token) => `GET /v1/items?q=${token}&page=2 401`,
  (token) => `  value: "${token}"`,
  (token) => `args: [--x=${token}, --port=80]`,
  (token) => `X=${token}\nPORT=80`,
  (token) => `refused:\\n${token}\\nretrying`,
];

type Written = readonly [kind: Kind, name: string, text: (body: string) => string, body: string];

const key = (what: string): string => `${what} ${['PRIVATE', 'KEY'].join(' ')}`.trim();
const block = (what: string, lines: readonly string[], before = ''): string =>
  [`-----BEGIN ${key(what)}-----`, ...lines, `-----END ${key(what)}-----`]
    .map((line) => before + line)
    .join('\n');
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const WRITTEN: readonly Written[] = [
  // Behind a telling name
  ['telling name', 'environment', (x) => `DB_PASSWORD=${x}\nPORT=80`, '{p14}'],
  ['telling name', 'password with slashes', (x) => `password: ab/${x}/cd9`, '{A12}'],
  ['telling name', 'password with slashes in an environment', (x) => `PGPASSWORD=/${x}/+x9 psql`, '{A12}'],
  ['telling name', 'password with a space, quoted', (x) => `password = "${x} ${x}"`, '{A8}'],
  ['telling name', 'YAML', (x) => `auth:\n  rootPassword: r${x}\n  user: app`, '{p16}'],
  ['telling name', 'YAML, value on the next line', (x) => `  password:\n    ${x}\n  user: app`, '{A16}'],
  [
    'telling name',
    'JSON, value on the next line',
    (x) => `  "password":\n    "${x}",\n  "user": "app"`,
    '{A16}',
  ],
  ['telling name', 'TOML', (x) => `[db]\npassword = '${x}'`, '{p16}'],
  ['telling name', 'properties', (x) => `spring.datasource.password=${x}`, '{p16}'],
  ['telling name', 'JSON', (x) => `{"user":"app","clientSecret":"${x}","n":1}`, '{A32}'],
  ['telling name', 'JSON in a string', (x) => `{"msg":"{\\"apiKey\\":\\"${x}\\",\\"n\\":1}"}`, '{A32}'],
  ['telling name', 'Ruby hash', (x) => `:secret_key_base => "${x}"`, '{h128}'],
  ['telling name', 'Rails', (x) => `secret_key_base: ${x}`, '{h128}'],
  ['telling name', 'PHP array', (x) => `$config['password'] = '${x}';`, '{A14}'],
  ['telling name', 'XML element', (x) => `<password>${x}</password>`, '{A14}'],
  ['telling name', 'XML element with a prefix', (x) => `<db:apiKey type="s">${x}</db:apiKey>`, '{A30}'],
  ['telling name', 'XML attribute', (x) => `<user name="app" password="${x}"/>`, '{A14}'],
  ['telling name', '.NET setting', (x) => `<add key="Password" value="${x}" />`, '{A14}'],
  ['telling name', 'Spring property', (x) => `<property name="password" value="${x}"/>`, '{A14}'],
  ['telling name', 'flag', (x) => `server --admin-password ${x} --port 80`, '{A14}'],
  ['telling name', 'flag with =', (x) => `server --redis-auth-token=${x} --port=80`, '{A24}'],
  ['telling name', 'Java flag', (x) => `keytool -storepass ${x} -keystore k.jks`, '{A14}'],
  ['telling name', 'query', (x) => `GET /cb?access_token=${x}&state=1`, '{A40}'],
  ['telling name', 'manifest variable', (x) => `- name: STRIPE_SECRET\n  value: ${x}`, '{A24}'],
  ['telling name', 'AWS secret key', (x) => `aws_secret_access_key = ${x}`, '{b40}'],
  ['telling name', 'kubeconfig token', (x) => `users:\n- name: ci\n  user:\n    token: ${x}`, '{A40}'],
  ['telling name', 'Docker auth', (x) => `{"auths":{"ghcr.example":{"auth":"${x}"}}}`, '{A30}=='],
  [
    'telling name',
    'Azure account key',
    (x) => `AccountName=shop;AccountKey=${x}==;EndpointSuffix=core.example`,
    '{b86}',
  ],
  [
    'telling name',
    'Service Bus',
    (x) => `Endpoint=sb://x.example/;SharedAccessKeyName=root;SharedAccessKey=${x}=`,
    '{b43}',
  ],
  [
    'telling name',
    'ADO.NET',
    (x) => `Server=db;Database=shop;User Id=app;Password=${x};Encrypt=true`,
    '{A16}',
  ],
  [
    'telling name',
    'JDBC parameters',
    (x) => `jdbc:postgresql://db/shop?user=app&password=${x}&ssl=true`,
    '{A16}',
  ],
  ['telling name', 'Datadog key', (x) => `DD_API_KEY=${x}`, '{h32}'],
  ['telling name', 'Snyk token', (x) => `SNYK_TOKEN=${x}`, '{uuid}'],
  ['telling name', 'Heroku key', (x) => `heroku_api_key: "${x}"`, '{uuid}'],
  ['telling name', 'Okta token', (x) => `oktaToken := "${x}"`, '00{A40}'],
  ['telling name', 'Algolia key', (x) => `algolia_api_key => '${x}'`, '{h32}'],
  ['telling name', 'Mattermost token', (x) => `mattermostAccessToken: ${x}`, '{a26}'],
  ['telling name', 'Confluent secret', (x) => `confluentSecret="${x}"`, '{a64}'],
  ['telling name', 'Asana secret', (x) => `asana_client_secret: ${x}`, '{a32}'],
  ['telling name', 'WireGuard', (x) => `PrivateKey = ${x}=\nAddress = 10.0.0.2`, '{b43}'],
  ['telling name', 'session cookie', (x) => `Cookie: theme=dark; session=${x}`, '{A32}'],
  ['telling name', 'set cookie', (x) => `< set-cookie: sid=${x}; Path=/; HttpOnly`, '{A32}'],
  [
    'telling name',
    'Secret manifest',
    (x) => `kind: Secret\nmetadata:\n  name: db\ndata:\n  dsn: ${x}==`,
    '{A30}',
  ],
  ['telling name', 'block scalar', (x) => `password: |\n  ${x}\nuser: app`, '{A20}'],
  // Addresses
  ['address', 'PostgreSQL', (x) => `postgres://app:${x}@db:5432/shop`, '{A14}'],
  ['address', 'PostgreSQL, slash in the password', (x) => `postgres://app:a/${x}@db:5432/shop`, '{A14}'],
  ['address', 'SQLAlchemy', (x) => `postgresql+psycopg2://app:${x}@db/shop`, '{A14}'],
  ['address', 'MySQL', (x) => `mysql://app:${x}@db:3306/shop`, '{p14}'],
  ['address', 'Go MySQL', (x) => `app:${x}@tcp(db:3306)/shop`, '{A14}'],
  ['address', 'MongoDB', (x) => `mongodb+srv://app:${x}@c0.example.net/shop`, '{A14}'],
  ['address', 'Redis with a user', (x) => `redis://default:${x}@cache:6379/0`, '{A14}'],
  ['address', 'Redis without one', (x) => `rediss://:${x}@cache:6379`, '{A14}'],
  ['address', 'AMQP', (x) => `amqp://app:${x}@mq:5672/vhost`, '{A14}'],
  ['address', 'Oracle', (x) => `jdbc:oracle:thin:app/${x}@db:1521:shop`, '{A14}'],
  [
    'address',
    'git with a token',
    (x) => `fatal: unable to access 'https://${x}@git.example/x.git/'`,
    '{A40}',
  ],
  ['address', 'proxy', (x) => `HTTPS_PROXY=http://user:${x}@proxy.example:3128`, '{A14}'],
  ['address', 'Cloudinary', (x) => `cloudinary://${'123456789012345'}:${x}@shop`, '{A27}'],
  ['address', 'presigned S3', (x) => `https://b.example/k?X-Amz-Expires=60&X-Amz-Signature=${x}`, '{h64}'],
  ['address', 'shared access signature', (x) => `https://b.example/c?sv=2024&sig=${x}%3D&se=1`, '{A43}'],
  ['address', 'Slack webhook', (x) => `https://hooks.slack.com/services/${x}`, 'T{U8}/B{U8}/{A24}'],
  ['address', 'Discord webhook', (x) => `https://discord.com/api/webhooks/123456789012345678/${x}`, '{w68}'],
  [
    'address',
    'Teams webhook',
    (x) => `https://acme.webhook.office.com/webhookb2/${x}`,
    '{uuid}@{uuid}/IncomingWebhook/{h32}/{uuid}',
  ],
  // Headers
  ['header', 'bearer', (x) => `> Authorization: Bearer ${x}`, '{A40}'],
  ['header', 'ApiKey', (x) => `Authorization: ApiKey ${x}`, '{A40}'],
  ['header', 'Splunk', (x) => `Authorization: Splunk ${x}`, '{uuid}'],
  ['header', 'no scheme', (x) => `authorization: ${x}`, '{A40}'],
  ['header', 'basic', (x) => `-H "Authorization: Basic ${x}"`, '{A24}=='],
  ['header', 'JSON', (x) => `{"headers":{"Authorization":"Token ${x}"}}`, '{h40}'],
  ['header', 'x-api-key', (x) => `X-Api-Key: ${x}`, '{A40}'],
  ['header', 'X-Vault-Token', (x) => `X-Vault-Token: ${x}`, '{A26}'],
  // Key blocks
  ['key block', 'RSA', (x) => block('RSA', [x, 'Q9']), '{b64}'],
  ['key block', 'PKCS 8', (x) => block('', [x]), '{b64}'],
  ['key block', 'EC, indented', (x) => block('EC', [x], '    '), '{b64}'],
  ['key block', 'OpenSSH', (x) => block('OPENSSH', [x, 'Q9']), '{b70}'],
  [
    'key block',
    'PGP',
    (x) => `-----BEGIN PGP ${key('')} BLOCK-----\n\n${x}\n-----END PGP ${key('')} BLOCK-----`,
    '{b64}',
  ],
  [
    'key block',
    'in JSON',
    (x) => `{"private_key":"-----BEGIN ${key('')}-----\\n${x}\\n-----END ${key('')}-----\\n"}`,
    '{b64}',
  ],
  ['key block', 'head cut off', (x) => `${x}\nabcDEF12\n-----END ${key('RSA')}-----\nready`, '{b64}'],
  ['key block', 'end cut off', (x) => `-----BEGIN ${key('')}-----\n${x}`, '{b64}'],
  ['key block', 'both cut off', (x) => `${x}\n${x.split('').toReversed().join('')}\nready`, '{b64}'],
  [
    'key block',
    'head cut off, in a string',
    (x) => `${x}\\nabcDEF12\\n-----END ${key('')}-----\\n","n":1}`,
    '{b64}',
  ],
  ['key block', 'one line of armour alone', (x) => x, '{b64}'],
  ['key block', 'PuTTY', (x) => `Private-Lines: 2\n${x}\nabcDEF12abcDEF12=\nPrivate-MAC: 1`, '{b64}'],
  // Commands and sentences
  ['command or sentence', 'curl', (x) => `curl -s -u app:${x} https://x.example`, '{A14}'],
  ['command or sentence', 'curl --user', (x) => `+ curl --user "app:${x}" https://x.example`, '{A14}'],
  ['command or sentence', '.netrc', (x) => `machine git.example login app password ${x}`, '{l14}'],
  [
    'command or sentence',
    '.netrc in lines',
    (x) => `machine git.example\n  login app\n  password ${x}`,
    '{A14}',
  ],
  ['command or sentence', '.pgpass', (x) => `db:5432:shop:app:${x}`, '{A14}'],
  ['command or sentence', 'mysql', (x) => `mysql -h db -u app -p${x} shop`, '{A14}'],
  ['command or sentence', 'sshpass', (x) => `sshpass -p ${x} ssh app@host`, '{A14}'],
  ['command or sentence', 'redis-cli', (x) => `redis-cli -h cache -a ${x} ping`, '{A14}'],
  ['command or sentence', 'SQL', (x) => `ALTER USER app WITH PASSWORD '${x}';`, '{A14}'],
  ['command or sentence', 'MySQL grant', (x) => `CREATE USER app IDENTIFIED BY '${x}'`, '{A14}'],
  ['command or sentence', 'in a sentence', (x) => `login failed for user app with password ${x}`, '9{A11}'],
  ['command or sentence', 'in quotes', (x) => `the password is "${x}" and it was refused`, '{l14}'],
  ['command or sentence', 'token in a sentence', (x) => `invalid token ${x}, try again`, '{h40}'],
];

const ENCODED: readonly (readonly [string, (body: string) => string, string])[] = [
  ['client-key-data', (x) => `    client-key-data: ${base64(block('RSA', [x]))}`, '{b64}'],
  ['a PEM block under no telling name', (x) => `config ${base64(block('EC', [x]))}`, '{b64}'],
  ['a token', (x) => `value: ${base64(`gh${'p_'}${x}`)}`, '{A36}'],
  ['a connection string', (x) => `dsn ${base64(`postgres://app:${x}@db/shop`)}`, '{A14}'],
  [
    'a service account',
    (x) => `file ${base64(`{"type":"service_account","private_key":"-----BEGIN ${key('')}-----\\n${x}"}`)}`,
    '{b64}',
  ],
  ['twice', (x) => `value: ${base64(base64(`DB_PASSWORD=${x}`))}`, '{A14}'],
  ['a user and password', (x) => `value=${base64(`app:${x}`)}`, '{A14}'],
];

/** All samples of a seed: about 240. */
export function secretSamples(seed = 20260131): readonly SecretSample[] {
  const random = generator(seed);
  const tokens = FORMS.map(([name, template], index): SecretSample => {
    const token = filled(template.replace('|', ''), random);
    return { kind: 'token by its form', name, text: PLACES[index % PLACES.length]!(token), secrets: [token] };
  });
  const written = WRITTEN.map(([kind, name, text, template]): SecretSample => {
    const body = filled(template, random);
    return { kind, name, text: text(body), secrets: [body] };
  });
  const encoded = ENCODED.map(([name, text, template]): SecretSample => {
    const body = filled(template, random);
    const whole = text(body);
    return {
      kind: 'encoded',
      name,
      text: whole,
      secrets: [whole.split(/[ =]+/).find((word) => word.length >= 20) ?? whole],
    };
  });
  return [...tokens, ...written, ...encoded];
}

/** Each form in each of the places, for the thorough test. */
export function tokensEverywhere(seed: number): readonly SecretSample[] {
  const random = generator(seed);
  return FORMS.flatMap(([name, template]) =>
    PLACES.map((place, index): SecretSample => {
      const token = filled(template.replace('|', ''), random);
      return {
        kind: 'token by its form',
        name: `${name}, place ${index}`,
        text: place(token),
        secrets: [token],
      };
    }),
  );
}

/** What of a secret can still be read: its longest part of six characters and more. Null when it is hidden in full. */
export function leftOf({ text, secrets }: SecretSample, masked: string): string | null {
  for (const secret of secrets) {
    const around = text.split(secret).join('\n');
    for (let at = 0; at + 6 <= secret.length; at += 1) {
      const part = secret.slice(at, at + 6);
      if (masked.includes(part) && !around.toLowerCase().includes(part.toLowerCase())) return part;
    }
  }
  return null;
}
