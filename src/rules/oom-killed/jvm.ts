import type { ClusterState } from '../../cluster/state.ts';
import { recordAt } from '../../kubernetes/objects.ts';
import { parseQuantity } from '../../kubernetes/quantities.ts';
import type { Container } from '../../kubernetes/workloads.ts';

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
}

/**
 * Beyond its heap a Java process needs memory for metaspace, code, thread stacks and buffers. A heap of more than three
 * quarters of the limit leaves too little for them.
 */
export const GREATEST_HEAP_SHARE = 0.75;

/**
 * Later options win, and the JVM reads JAVA_TOOL_OPTIONS before the command line and _JAVA_OPTIONS after it; the others
 * are put on the command line by start scripts.
 * Source: https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html and the JVM TI specification
 */
const BEFORE_COMMAND_LINE = [
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
  namespace: string | null,
  cluster: ClusterState,
): JavaHeap | null {
  const variables = environmentOf(container, namespace, cluster);
  const fromEnv = (names: readonly string[]) => variables.filter(({ name }) => names.includes(name));
  const commandLine = [...(container.command ?? []), ...(container.args ?? [])].map(String).join(' ');
  const texts = [
    ...fromEnv(BEFORE_COMMAND_LINE),
    { name: 'the command line', value: commandLine, source: '' },
    ...fromEnv(AFTER_COMMAND_LINE),
  ];
  const options = texts.flatMap(({ name, value, source }) => heapOptions(value, name + source, limit));
  // The JVM ignores a percentage where a size is given.
  return options.findLast(({ relative }) => !relative) ?? options.at(-1) ?? null;
}

/** True when the container runs Java as far as its command, image and environment tell. */
export function looksLikeJava(container: Container): boolean {
  const command = [...(container.command ?? []), ...(container.args ?? [])].map(String);
  if (command.some((word) => /(^|[\s/])java(\s|$)|\.jar\b/.test(word))) return true;
  const names = (container.env ?? []).map(({ name }) => name);
  return names.some((name) => [...BEFORE_COMMAND_LINE, ...AFTER_COMMAND_LINE].includes(name));
}

const HEAP_OPTION = /-(?:Xmx|XX:MaxHeapSize=)(\d+)([kKmMgGtT]?)\b|-XX:MaxRAMPercentage=(\d+(?:\.\d+)?)/g;

function heapOptions(text: string, where: string, limit: number): readonly JavaHeap[] {
  return [...text.matchAll(HEAP_OPTION)].map(([option, amount, unit, percentage]) => {
    const relative = percentage !== undefined;
    return {
      option,
      where,
      relative,
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

interface Variable {
  readonly name: string;
  readonly value: string;
  /** ` of ConfigMap x`, empty for the container's own. */
  readonly source: string;
}

/** Variables whose values can be known: written out, or taken from a ConfigMap. Never those of Secrets. */
function environmentOf(
  container: Container,
  namespace: string | null,
  cluster: ClusterState,
): readonly Variable[] {
  const dataOf = (name = ''): Readonly<Record<string, unknown>> =>
    recordAt(cluster.get('ConfigMap', namespace, name), 'data');
  const imported = (container.envFrom ?? []).flatMap(({ prefix, configMapRef }) =>
    Object.entries(dataOf(configMapRef?.name)).map(([key, value]) => ({
      name: (prefix ?? '') + key,
      value: String(value),
      source: ` of ConfigMap ${configMapRef?.name}`,
    })),
  );
  const own = (container.env ?? []).flatMap(({ name, value, valueFrom }): readonly Variable[] => {
    const reference = valueFrom?.configMapKeyRef;
    if (!reference) return value === undefined ? [] : [{ name, value: String(value), source: '' }];
    const referred = dataOf(reference.name)[reference.key ?? ''];
    return referred === undefined
      ? []
      : [{ name, value: String(referred), source: ` of ConfigMap ${reference.name}` }];
  });
  const overridden = new Set(own.map(({ name }) => name));
  return [...imported.filter(({ name }) => !overridden.has(name)), ...own];
}
