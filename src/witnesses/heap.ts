import type { ClusterState } from '../model/cluster-state.ts';
import { describeBytes, parseQuantity } from '../kubernetes/quantities.ts';
import type { Container } from '../kubernetes/workloads.ts';
import type { Blame } from '../model/finding.ts';
import { prose } from '../untrusted/prose.ts';
import { settingsOf, type Place } from './settings.ts';
import type { Statement } from './statement.ts';

/** A heap size that a Java process was told to take. */
export interface JavaHeap {
  /** The option as written: `-Xmx900m`, `-XX:MaxRAMPercentage=90`. */
  readonly option: string;
  /** Where it stands: `args`, `JAVA_TOOL_OPTIONS`, `JAVA_OPTS of ConfigMap cart-env`. */
  readonly where: string;
  /** Bytes; a percentage is taken of the limit. */
  readonly bytes: number;
  /** True for a percentage: the heap then grows with every raise of the limit. */
  readonly relative: boolean;
  readonly blame: Blame | null;
}

/**
 * Beyond its heap a Java process needs memory for metaspace, code, thread stacks and buffers. A heap of more than three
 * quarters of the limit leaves too little for them.
 */
const GREATEST_HEAP_SHARE = 0.75;

/** What speaks against a heap that takes more of the limit than that; null where it leaves enough. */
export function heapBeyond(
  { option, where, bytes, relative, blame }: JavaHeap,
  limit: number,
): Statement | null {
  if (bytes <= GREATEST_HEAP_SHARE * limit) return null;
  const fits = describeBytes(GREATEST_HEAP_SHARE * limit);
  return {
    says: prose`${option} (in ${where}) allows a heap of ${describeBytes(bytes)}. Metaspace, threads and buffers come on top, so a heap above 75 % of the limit (${fits} here) does not leave room for them.`,
    evidence: [],
    advice: relative
      ? [prose`Set -XX:MaxRAMPercentage to 75 or less: a higher limit alone makes the heap grow with it.`]
      : [
          prose`Lower ${option} to at most ${fits}, if the program lives with that.`,
          prose`Or raise the limit to at least ${describeBytes(bytes / GREATEST_HEAP_SHARE)}, which this heap needs.`,
        ],
    blames: blame ? [blame] : [],
  };
}

/**
 * Later options win, and the JVM reads JAVA_TOOL_OPTIONS before the command line and _JAVA_OPTIONS after it; any other
 * variable with such an option (ES_JAVA_OPTS, KAFKA_HEAP_OPTS) is put on the command line by a start script.
 * Source: https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html and the JVM TI specification
 */
const JAVA_VARIABLES = [
  'JAVA_TOOL_OPTIONS',
  'JDK_JAVA_OPTIONS',
  'JAVA_OPTS',
  'JAVA_OPTIONS',
  'JVM_OPTS',
  'CATALINA_OPTS',
];
const AFTER_COMMAND_LINE = ['_JAVA_OPTIONS'];

/** The maximum heap that options of the container set; null when none does (the JVM then takes a quarter of the limit). */
export function javaHeapOf(
  container: Container,
  limit: number,
  place: Place,
  cluster: ClusterState,
): JavaHeap | null {
  const settings = settingsOf(container, undefined, place, cluster);
  const isAfter = ({ name }: (typeof settings)[number]): boolean => AFTER_COMMAND_LINE.includes(name);
  const variables = settings.filter(
    ({ role, name }) => role === 'variable' && /OPTS|OPTIONS|JAVA|JVM|HEAP/i.test(name),
  );
  const texts = [
    ...variables.filter((one) => !isAfter(one)),
    ...settings.filter(({ role }) => role === 'command'),
    ...variables.filter(isAfter),
  ];
  const options = texts.flatMap(({ name, text, source, blameAt }) =>
    heapOptions(text, name + source, limit).map(({ offset, ...heap }) => ({
      ...heap,
      blame: blameAt(offset),
    })),
  );
  // The JVM ignores a percentage where a size is given.
  return options.findLast(({ relative }) => !relative) ?? options.at(-1) ?? null;
}

/** True when the container runs Java as far as its command, image and environment tell. */
export function looksLikeJava(container: Container): boolean {
  const command = [...(container.command ?? []), ...(container.args ?? [])].map(String);
  if (command.some((word) => /(^|[\s/])java(\s|$)|\.jar\b/.test(word))) return true;
  const names = (container.env ?? []).map(({ name }) => name);
  return names.some((name) => [...JAVA_VARIABLES, ...AFTER_COMMAND_LINE].includes(name));
}

const HEAP_OPTION = /-(?:Xmx|XX:MaxHeapSize=)(\d+)([kKmMgGtT]?)\b|-XX:MaxRAMPercentage=(\d+(?:\.\d+)?)/g;

function heapOptions(
  text: string,
  where: string,
  limit: number,
): readonly (Omit<JavaHeap, 'blame'> & { readonly offset: number })[] {
  return [...text.matchAll(HEAP_OPTION)].map((match) => {
    const [option, amount, unit, percentage] = match;
    const relative = percentage !== undefined;
    return {
      option,
      where,
      relative,
      offset: match.index,
      bytes: relative ? (limit * Number(percentage)) / 100 : bytesOf(amount!, unit!),
    };
  });
}

function bytesOf(amount: string, unit: string): number {
  return (
    parseQuantity(
      unit === '' ? amount : `${amount}${unit === 'k' || unit === 'K' ? 'K' : unit.toUpperCase()}i`,
    ) ?? 0
  );
}
