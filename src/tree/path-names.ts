/**
 * Which paths a tree may have. Git writes no others into an index, but a tree object or an index that was made by hand can
 * hold any name, and reading it does not check. The names are those of `git fsck`: `.git` is meant in every spelling that some
 * file system takes for it.
 */

/** Characters that HFS+ leaves out when it compares names: `.g\u200cit` is `.git` to it. */
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** Names that NTFS takes for `.git`: its short name, trailing dots and spaces, a stream after a colon. */
const NTFS_DOT_GIT = /^(?:\.git|git~\d+)[ .]*(?::.*)?$/;

/** What is wrong with a path of a tree, in words that follow it; null for a path that may be read. */
export function pathProblem(path: string): string | null {
  if (path === '') return 'is an empty name';
  for (const segment of path.split('/')) {
    const problem = segmentProblem(segment);
    if (problem !== null) return problem;
  }
  return null;
}

function segmentProblem(segment: string): string | null {
  if (segment === '') return 'has an empty name in it';
  if (segment === '.' || segment === '..') return `has a part named ${segment}`;
  if (segment.includes('\0')) return 'has a zero byte in its name';
  if (segment.includes('\\')) return 'has a backslash in its name, which separates folders on some systems';
  return isDotGit(segment) ? 'has a part that is .git to some file system' : null;
}

function isDotGit(segment: string): boolean {
  return NTFS_DOT_GIT.test(segment.replace(IGNORED_BY_HFS, '').toLowerCase());
}
