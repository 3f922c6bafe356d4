import { PATH, type Words } from './words.ts';

export const HEAP_EXHAUSTED: Words = {
  cause: 'heap-exhausted',
  patterns: [
    /java\.lang\.OutOfMemoryError: (?<about>(?!unable to create)[\w ]+)/,
    /(?<about>JavaScript heap) out of memory/,
    /System\.OutOfMemoryException|^Out of memory\.$/,
    /\bMemoryError\b|NoMemoryError/,
    /Allowed memory size of (?<about>\d+) bytes exhausted/,
    /runtime: (?:out of memory|cannot allocate memory)|memory allocation of \d+ bytes failed|std::bad_alloc/,
  ],
};

export const READ_ONLY_FILE_SYSTEM: Words = {
  cause: 'read-only-file-system',
  patterns: [
    new RegExp(String.raw`read-only file ?system[^/\n]{0,60}['"]?${PATH}`, 'i'),
    new RegExp(String.raw`${PATH}['"’]?:? ?(?:failed )?(?:\(30: )?read-only file ?system`, 'i'),
    /read-only file ?system|\bEROFS\b|ReadOnlyFilesystem/i,
  ],
};

export const TOO_MANY_OPEN_FILES: Words = {
  cause: 'too-many-open-files',
  patterns: [
    /too many open files|\bEMFILE\b|\bENFILE\b|limit for number of file watchers reached|inotify (?:watch|instance)\w* limit/i,
  ],
};

export const NO_SPACE_LEFT: Words = {
  cause: 'no-space-left',
  patterns: [
    new RegExp(String.raw`${PATH}['"]?:? ?(?:failed )?(?:\(28: )?no space left on device`, 'i'),
    new RegExp(String.raw`no space left on device[^/\n]{0,60}['"]?${PATH}`, 'i'),
    /no space left on device|ENOSPC|disk quota exceeded|database or disk is full/i,
  ],
};

/** A library, module, class or assembly that the image lacks. */
export const MISSING_MODULE: Words = {
  cause: 'missing-module',
  patterns: [
    /Cannot find (?:module|package) '(?<about>[^'/][^']*)'/,
    /(?:ModuleNotFoundError|ImportError): No module named '?(?<about>[\w.]+)'?/,
    /ImportError: cannot import name '(?<about>[^']+)'/,
    /(?:ClassNotFoundException|NoClassDefFoundError):? (?<about>[\w./$]+)/,
    /Could not find or load main class (?<about>\S+)/,
    /UnsupportedClassVersionError: (?<about>[\w./$]+)/,
    /cannot load such file -- (?<about>\S+)/,
    /Could not find (?<about>[\w.-]+) in (?:any of the sources|locally installed gems)/,
    /error while loading shared libraries: (?<about>\S+):/,
    /version `(?<about>GLIBC\w*_[\d.]+)' not found/,
    /Could not load file or assembly '(?<about>[^',]+)/,
    /You must install or update \.NET to run this application/,
    /Uncaught Error: Class ["'](?<about>[^"']+)["'] not found/,
  ],
};

export const MISSING_FILE: Words = {
  cause: 'missing-file',
  patterns: [
    /ENOENT: no such file or directory, \w+ '(?<about>[^']+)'/,
    /Cannot find module '(?<about>\/[^']+)'/,
    /can't open file '(?<about>[^']+)'/,
    /Unable to access jarfile (?<about>\S+)/,
    /The application to execute does not exist: '(?<about>[^']+)'/,
    /Failed opening required '(?<about>[^']+)'/,
    /(?:open|stat|read|lstat|openat|chdir) (?<about>[\w./@-]+): no such file or directory/i,
    /No such file or directory(?: @ \w+ -|:)? ['"]?(?<about>[^'"\s]+)/i,
    /(?:FileNotFoundException|NoSuchFileException|NoSuchFile): (?<about>\/[^\s(]+)/,
    /Could not find (?:a part of the path|file) '(?<about>[^']+)'/,
    /(?:can(?:not|'t)|could not|unable to|failed to) (?:open|read|load|access|stat|find)[^/\n]{0,60}["']?(?<about>\/[\w./@-]+)["']?.{0,60}(?:no such file|not found|does(?: not|n't) exist)/i,
    /(?<about>\/[\w./@-]+)['"]?:? (?:No such file or directory|not found|does not exist)/i,
    /\bENOENT\b|no such file or directory/i,
  ],
};

export const PERMISSION_DENIED: Words = {
  cause: 'permission-denied',
  patterns: [
    /bind\(\) to (?<about>\S+) failed \(13: /,
    /listen (?:EACCES|tcp)[^\n]{0,60}permission denied[^\n:]{0,20}(?<about>(?:[\d.]+|:)?:\d+)?/,
    new RegExp(String.raw`(?:EACCES|EPERM)[^'"/\n]{0,60}['"]?${PATH}`),
    new RegExp(String.raw`${PATH}['"’]?:? ?(?:failed )?(?:\(13: )?permission denied`, 'i'),
    new RegExp(String.raw`permission denied(?: @ \w+ -|:)? ['"\[(]*${PATH}`, 'i'),
    new RegExp(
      String.raw`(?:AccessDeniedException|FileNotFoundException): ${PATH}(?: \(Permission denied\))?$`,
    ),
    new RegExp(String.raw`Access to the path '${PATH}' is denied`),
    /permission denied|\bEACCES\b|\bEPERM\b|operation not permitted/i,
  ],
};
