import { admissionOf, type Access, type Admission, type Asking } from './access.ts';
import { siteAnswer, type SiteAnswer } from './site.ts';
import type { StatusSource } from './source.ts';

const PLAIN = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };

const REFUSALS: Readonly<Record<Exclude<Admission, 'granted'>, SiteAnswer>> = {
  'needs-token': {
    status: 401,
    headers: { ...PLAIN, 'www-authenticate': 'Basic realm="Faultline", charset="UTF-8"' },
    text: 'Send the token of FAULTLINE_STATUS_TOKEN: as a bearer token, or as the password of any user.\n',
  },
  'needs-proxy': {
    status: 403,
    headers: PLAIN,
    text: 'Sign in through the proxy: it says who you are in a header, which is believed from its own address alone.\n',
  },
  closed: {
    status: 403,
    headers: PLAIN,
    text: 'The status page is closed here. Set FAULTLINE_STATUS_TOKEN, or FAULTLINE_STATUS_USER_HEADER behind a proxy that signs people in.\n',
  },
};

/** The page of an address for who may see it. Who may not learns nothing, not even whether the page is there. */
export async function gatedSite(
  url: string,
  asking: Asking,
  { access, source }: { readonly access: Access; readonly source: StatusSource },
): Promise<SiteAnswer> {
  const admission = admissionOf(access, asking);
  return admission === 'granted' ? siteAnswer(url, source) : REFUSALS[admission];
}
