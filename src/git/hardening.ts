/**
 * How git is kept from running anything that a repository, its settings or its attributes name. Every call goes through
 * {@link hardened}: a subcommand that is not listed here has not been reviewed, and calling it is a bug.
 */

/** Settings for every call: on the command line they win over those of the repository, of included files and of the user. */
export const SETTINGS: readonly string[] = [
  // Programs that git starts for the repository.
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.pager=cat',
  'core.editor=false',
  'core.sshCommand=false',
  'core.gitProxy=false',
  'core.alternateRefsCommand=false',
  'gpg.program=false',
  'gpg.ssh.program=false',
  'gpg.x509.program=false',
  'log.showSignature=false',
  // An empty name forgets the helpers that were named before; an empty program is none.
  'credential.helper=',
  'core.askPass=',
  // Attributes choose filters, text conversions and merge drivers.
  'core.attributesFile=/dev/null',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  // The same answer whatever the repository prefers.
  'core.quotePath=false',
  'core.splitIndex=false',
  'core.untrackedCache=false',
  'log.follow=false',
  'log.mailmap=false',
  'blame.ignoreRevsFile=',
  'i18n.commitEncoding=utf-8',
  'i18n.logOutputEncoding=utf-8',
];

export const ENVIRONMENT: Readonly<Record<string, string>> = {
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_LITERAL_PATHSPECS: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_NO_LAZY_FETCH: '1',
  // No protocol has this name: git versions without the variable above may not fetch either.
  GIT_ALLOW_PROTOCOL: 'none',
};

const NO_PROGRAMS_FOR_DIFFS = ['--no-textconv', '--no-ext-diff'];

/** Subcommands that are run, each with the flags that it always gets, also where the caller gives them too. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  // These compare contents, for which attributes may name programs.
  blame: ['--no-textconv'],
  log: [...NO_PROGRAMS_FOR_DIFFS, '--no-show-signature'],
  // These read or write objects, refs and an index, and no file of a work tree: no filter has anything to do.
  'cat-file': [],
  'check-ref-format': [],
  'commit-tree': [],
  config: [],
  'for-each-ref': [],
  'hash-object': ['--no-filters'],
  'ls-files': [],
  'ls-tree': [],
  version: [],
  'merge-base': [],
  'read-tree': [],
  'rev-parse': [],
  'symbolic-ref': [],
  'update-index': [],
  'update-ref': [],
  'write-tree': [],
  // Only mirrors, whose settings are ours.
  fetch: ['--no-recurse-submodules'],
  init: ['--template='],
};

/** Flags that would undo the above. */
const NEVER = /^--(textconv|ext-diff|filters|show-signature|recurse-submodules|upload-pack|exec)(=|$)/;

/** @throws Error for a subcommand or a flag that nobody has reviewed: a bug of the caller */
export function hardened([command, ...rest]: readonly string[]): readonly string[] {
  const flags = command === undefined ? undefined : FLAGS[command];
  if (flags === undefined) throw new Error(`git ${command ?? ''} is not among the commands that are run`);
  const end = rest.findIndex((arg) => arg === '--' || arg === '--end-of-options');
  const undone = rest.slice(0, end < 0 ? rest.length : end).find((arg) => NEVER.test(arg));
  if (undone !== undefined) throw new Error(`git ${command} ${undone} could run a program`);
  return ['--no-pager', command!, ...flags, ...rest];
}

/**
 * Faults in fetched objects. Git refuses all of them with `fetch.fsckObjects`; what is listed here passes, because histories
 * of real projects have it and it cannot lead a reader outside: it is about who wrote a commit and when, or how a number is written.
 * What stays refused: entries named `.`, `..` or `.git` in any spelling, names with separators, empty names, entries twice or
 * out of order, null ids, broken trees, and submodule settings with a path, name or address that is an option or leaves the repository.
 */
const HARMLESS_FAULTS: Readonly<Record<string, string>> = {
  zeroPaddedFilemode: 'modes with a leading zero, by tools of before 2010',
  badFilemode: 'modes such as 100664, by git of before 2005',
  badTimezone: 'time zones that do not exist',
  zeroPaddedDate: 'dates with a leading zero',
  badDate: 'dates that are no number',
  badDateOverflow: 'dates beyond the end of time',
  missingSpaceBeforeEmail: 'authors without a space before the address',
  missingSpaceBeforeDate: 'authors without a space before the date',
  missingNameBeforeEmail: 'authors with an address alone',
  missingEmail: 'authors without an address',
  badEmail: 'addresses with a bracket missing',
  badName: 'names with brackets in them',
  multipleAuthors: 'two author lines, by tools that import',
  missingTaggerEntry: 'tags by git of before 2005',
  badTagName: 'tags whose name no tag may have today',
  nulInCommit: 'messages with a zero byte',
};

/** Settings for a fetch: every object that arrives is checked. */
export const CHECK_FETCHED: Readonly<Record<string, string>> = {
  'transfer.fsckObjects': 'true',
  'fetch.fsckObjects': 'true',
  ...Object.fromEntries(Object.keys(HARMLESS_FAULTS).map((fault) => [`fetch.fsck.${fault}`, 'ignore'])),
};
