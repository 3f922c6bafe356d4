import { PATH, VARIABLE, type Words } from './words.ts';

/** A command of a shell or of an init program, as group `about`. */
const COMMAND = String.raw`(?<about>[\w./@+-]+)`;
const FLAG = String.raw`(?<about>--?[A-Za-z][\w.-]*)`;
const NAME = String.raw`(?<about>[A-Za-z_][A-Za-z0-9_.-]{1,80})`;

export const EXEC_FORMAT: Words = {
  cause: 'exec-format',
  patterns: [
    new RegExp(String.raw`${PATH}[^\n]{0,40}exec format error`, 'i'),
    /exec format error|cannot execute binary file|qemu-\w+: Could not open '\/lib|rosetta error: failed to open elf/i,
  ],
};

/** What shells, `env`, tini, dumb-init and su-exec say of a command that they do not find. */
export const COMMAND_NOT_FOUND: Words = {
  cause: 'command-not-found',
  patterns: [
    new RegExp(
      String.raw`(?:^|/)(?:ba|da|a|k|z)?sh: (?:line )?(?:\d+: )?(?:exec: )?(?:line \d+: )?${COMMAND}: (?:command )?not found`,
    ),
    new RegExp(String.raw`: (?:line )?\d+: (?:exec: )?${COMMAND}: (?:command )?not found`),
    new RegExp(String.raw`env: (?:can't execute )?['‘"]?${COMMAND}['’"]?: No such file or directory`),
    new RegExp(String.raw`\[FATAL tini \(\d+\)\] exec ${COMMAND} failed: No such file`),
    new RegExp(
      String.raw`(?:\[dumb-init\]|su-exec:|gosu:|setpriv:|exec:?) "?${COMMAND}"?: (?:exec: )?(?:no such file or directory|not found|executable file not found)`,
      'i',
    ),
    new RegExp(String.raw`exec: "${COMMAND}": executable file not found`),
    new RegExp(String.raw`^${COMMAND}: (?:command )?not found$`),
  ],
};

export const NOT_EXECUTABLE: Words = {
  cause: 'not-executable',
  patterns: [
    new RegExp(
      String.raw`(?:^|/)(?:ba|da|a|k|z)?sh: (?:line )?(?:\d+: )?(?:exec: )?${PATH}: Permission denied`,
    ),
    new RegExp(String.raw`\[FATAL tini \(\d+\)\] exec ${COMMAND} failed: Permission denied`),
    new RegExp(
      String.raw`(?:\[dumb-init\]|su-exec:|gosu:|exec:?) "?${COMMAND}"?: (?:exec: )?permission denied`,
      'i',
    ),
    new RegExp(String.raw`${COMMAND}: (?:cannot execute: required file not found|bad interpreter)`),
  ],
};

/** pflag, Go's flag, kingpin, argparse, click, optparse, getopt, clap, picocli, commander, yargs, the JVM, System.CommandLine; commands of cobra and npm. */
export const UNKNOWN_FLAG: Words = {
  cause: 'unknown-flag',
  patterns: [
    new RegExp(String.raw`unknown shorthand flag: '[^']+' in ${FLAG}`),
    new RegExp(
      String.raw`(?:unknown|unrecogni[sz]ed|invalid|illegal|bad|unexpected) (?:long |short |command[- ]line )?(?:flag|option|argument|parameter)s?:? (?:or argument )?['"\x60‘]?${FLAG}`,
      'i',
    ),
    new RegExp(String.raw`flag provided but not defined: ${FLAG}`),
    new RegExp(String.raw`found argument '${FLAG}`, 'i'),
    new RegExp(String.raw`no such option:? ?['"]?${FLAG}`, 'i'),
    new RegExp(String.raw`Unrecognized command or argument '${FLAG}`, 'i'),
    /(?:invalid|unrecogni[sz]ed) option:? --? ?'?(?<about>\w)\b/,
    /Unrecognized VM option '(?<about>[^']+)'/,
    /Unrecognized option: (?<about>-\S+)/,
    /Unknown arguments?: (?<about>[\w-]+)/,
    /unknown (?:variable|option) '(?<about>[^'=]+)/,
    /unrecognized configuration parameter "(?<about>[^"]+)"/,
    /unknown command "(?<about>[^"]+)" for "/,
    /No such command '(?<about>[^']+)'/,
    /(?:missing script:|Missing script:|Command|Script not found) "(?<about>[^"]+)"(?: not found)?/,
    /npm (?:ERR!|error) missing script: (?<about>\S+)/i,
  ],
};

export const INVALID_VALUE: Words = {
  cause: 'invalid-value',
  patterns: [
    new RegExp(
      String.raw`invalid (?:argument|value) (?:"[^"]*"|'[^']*') for (?:flag )?["']?(?:-\w, )?${FLAG}`,
      'i',
    ),
    new RegExp(String.raw`error: argument (?:-\w/)?${FLAG}: (?:invalid|expected)`),
    new RegExp(String.raw`Invalid value for ['"]?(?:-\w' / ')?${FLAG}`, 'i'),
    new RegExp(String.raw`Invalid (?:initial|maximum) heap size: ${FLAG}`),
    new RegExp(
      String.raw`environment variable ["']?(?<about>${VARIABLE})["']?[^\n]{0,40}(?:invalid|cannot be parsed|could not be parsed|is not a)`,
      'i',
    ),
    new RegExp(
      String.raw`(?:invalid|bad) value[^\n]{0,60} for (?:variable |env(?:ironment variable)? )?["'\x60]?(?<about>${VARIABLE})\b`,
      'i',
    ),
    new RegExp(
      String.raw`parse error on field "\w+"[^\n]{0,40}env(?:ironment)?(?: variable)? "?(?<about>${VARIABLE})`,
      'i',
    ),
    new RegExp(String.raw`envconfig\.Process: assigning (?<about>${VARIABLE}) to`),
  ],
};

export const MISSING_ARGUMENT: Words = {
  cause: 'missing-argument',
  patterns: [
    new RegExp(String.raw`the following arguments are required: ${FLAG}`),
    /required flag\(s\) "(?<about>[^"]+)" not set/,
    new RegExp(String.raw`Missing (?:required )?option:? ['"]?(?:-\w' / ')?${FLAG}`, 'i'),
    new RegExp(
      String.raw`required (?:flag|option|argument) ['"]?${FLAG}['"]?[^\n]{0,20}(?:not (?:set|provided|specified)|missing)`,
      'i',
    ),
    new RegExp(String.raw`the following required arguments were not provided:\s+${FLAG}`, 'is'),
    new RegExp(String.raw`(?:flag|option) ${FLAG} (?:is required|must be (?:set|specified|provided))`, 'i'),
  ],
};

/** Python, pydantic, django-environ, decouple; envconfig and env of Go; Node, zod, envalid; Spring, SmallRye; Ruby and Rails; PHP and Laravel; shells; the images of databases. */
export const MISSING_VARIABLE: Words = {
  cause: 'missing-variable',
  patterns: [
    new RegExp(String.raw`KeyError: ['"](?<about>${VARIABLE})['"]`),
    new RegExp(String.raw`(?:required|missing) key (?<about>${VARIABLE}) missing value`),
    new RegExp(String.raw`required environment variable "?(?<about>${VARIABLE})`, 'i'),
    new RegExp(
      String.raw`(?:environment variables?|env(?:ironment)? var(?:iable)?s?|required variables?|env(?:ironment)?)[ :]+['"\x60]?\$?(?<about>${VARIABLE})['"\x60]?(?! is set\b|=)`,
    ),
    new RegExp(
      String.raw`(?:missing|required|undefined|unset|must (?:set|specify|provide|define)|please set|set the|provide(?: a)?)(?: required)?(?: configuration| config| setting| key| value| (?:for|of))?(?: (?:environment|env) var(?:iable)?s?)?[:,]?(?: -| for| in)? ['"\x60$]*(?<about>${VARIABLE})\b`,
      'i',
    ),
    new RegExp(
      String.raw`\b['"\x60$]*(?<about>${VARIABLE})['"\x60]?:? (?:environment variable |env var )?(?:(?:is|was|were|must be|has|has not been|cannot be|can't be|should be|should not be|must not be|may not be) )?(?:not (?:set|defined|provided|specified|configured|found|been set)|unset|missing|required|undefined|be set|set|defined|provided|specified|empty|blank|null|Required|None)\b`,
    ),
    new RegExp(String.raw`(?<about>${VARIABLE}) not found\. Declare it as envvar`),
    new RegExp(
      String.raw`validation errors? for \w+\s+(?<about>\w+)\s+(?:field required|Field required|Input should)`,
      's',
    ),
    new RegExp(
      String.raw`Missing (?:required )?(?:environment|env) var(?:iable)?s?:?\s+(?:[-*•] )?(?<about>${VARIABLE})`,
      'is',
    ),
    new RegExp(
      String.raw`following(?: required)? (?:as an )?environment variables?[^\n]*:?\s+(?:[-*•] )?(?<about>${VARIABLE})`,
      'is',
    ),
    new RegExp(String.raw`"path": ?\[\s*"(?<about>${VARIABLE})"`, 's'),
    new RegExp(String.raw`Could not resolve placeholder '${NAME}(?::[^']*)?'`),
    new RegExp(String.raw`The config property ${NAME} is required but`),
    new RegExp(String.raw`property ${NAME} (?:is required|must not be (?:null|empty|blank))`, 'i'),
    /key not found: :?"?(?<about>[A-Z][A-Z0-9_]{2,80})"?/,
    /Undefined (?:array key|index:?) "?(?<about>[A-Z][A-Z0-9_]{2,80})"?/,
    new RegExp(
      String.raw`: (?<about>[A-Za-z_]\w{1,80}): (?:unbound variable|parameter (?:null or )?not set)`,
    ),
    /Missing `(?<about>secret_key_base)`/,
    /No application encryption key has been specified/,
    /Failed to configure a DataSource: '(?<about>url)' attribute is not specified/,
    /called `Result::unwrap\(\)` on an `Err` value: NotPresent|environment variable not found/,
    /The ConnectionString property has not been initialized|Value cannot be null\. \(Parameter '(?<about>\w*[cC]onnectionString)'\)/,
  ],
  unless: /\bis set\b|using default|defaulting to|falling back|deprecated/i,
};

/** Configuration that a program reads and does not accept, with the file and line that it names. */
export const CONFIG_INVALID: Words = {
  cause: 'config-invalid',
  patterns: [
    /\[emerg\][^\n]{0,300} in (?<about>\/[\w./-]+:\d+)/,
    /(?:error (?:parsing|loading|reading)|(?:failed|unable|could not|couldn't) to? ?(?:parse|load|unmarshal|decode|read)|couldn't load) (?:the )?(?:config\w*|settings)[^\n/]{0,60}["']?(?<about>\/[\w./-]+)?/i,
    /invalid (?:configuration|config)\b[^\n/]{0,80}["']?(?<about>\/[\w./-]+)?/i,
    /yaml: (?:line \d+: |unmarshal errors)|ParserError: while parsing|YAMLException|toml: line \d+|json: cannot unmarshal|JSONDecodeError|Bad directive or wrong number of arguments|FATAL CONFIG FILE ERROR/i,
    /Failed to bind properties under '(?<about>[\w.-]+)'/,
  ],
};
