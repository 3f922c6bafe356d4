import { isRecord } from '../../kubernetes/objects.ts';
import { planOf } from '../sandbox-contents.ts';
import type { RenderJob, ToolName } from '../job.ts';
import type { Limits, RunResult } from '../isolation/tool-run.ts';
import { RENDER_LIMITS } from '../run.ts';

/*
 * What goes over the wire. A request is four bytes with the length of a JSON header, the header, and the files one after the
 * other. The answer is what the tool printed, as text; a run that failed is a JSON object.
 */

/** Renders a job. */
export const RENDER_PATH = '/v1/render';
/** Tells which tools and which isolation there are. */
export const STATUS_PATH = '/v1/status';

/** Bytes of a header: names of 60,000 files, and the API versions of a cluster. */
const MOST_HEADER = 24 * 2 ** 20;
/** Bytes of a request: what a sandbox takes, and its header. */
export const MOST_REQUEST = 256 * 2 ** 20 + MOST_HEADER + 4;

/** A tool of a renderer, without the place where it lies. */
export interface ToolThere {
  readonly args: readonly string[];
  readonly version: string;
}

export interface RendererStatus {
  readonly tools: Readonly<Record<ToolName, ToolThere | null>>;
  /** `bubblewrap`, `namespaces` or `plain`. */
  readonly isolation: string;
  /** What is missing of it, in a sentence; null where nothing is. */
  readonly warning: string | null;
  /** Renders side by side. */
  readonly parallel: number;
}

export interface JobSent {
  readonly job: RenderJob;
  /** Of the tool that the sender counts on. */
  readonly version: string;
}

interface Header {
  readonly tool: ToolName;
  readonly version: string;
  readonly args: readonly string[];
  readonly limits: Limits;
  /** Paths with their numbers of bytes, in the order of their contents. */
  readonly files: readonly (readonly [path: string, bytes: number])[];
  readonly links: readonly (readonly [path: string, target: string])[];
}

/** A request, or why the job is none that any renderer would run: in the words that a run on this machine would have. */
export function encodeJob(job: RenderJob, version: string): Buffer | string {
  const plan = planOf(job);
  if (typeof plan === 'string') return plan;
  const files = [...job.files].map(([path, content]) => [path, bytesOf(content)] as const);
  const header: Header = {
    tool: job.tool,
    version,
    args: job.args,
    limits: job.limits,
    files: files.map(([path, bytes]) => [path, bytes.length]),
    links: [...job.links],
  };
  const text = Buffer.from(JSON.stringify(header));
  if (text.length > MOST_HEADER) return 'its arguments are longer than the system allows';
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text, ...files.map(([, bytes]) => bytes)]);
}

/** The job of a request; a text says what is wrong with it. The files are parts of `body`, not copies. */
export function decodeJob(body: Buffer): JobSent | string {
  if (body.length < 4) return 'is shorter than the length of its header';
  const start = 4 + body.readUInt32BE();
  if (start > body.length) return 'is shorter than its header';
  let value: unknown;
  try {
    value = JSON.parse(body.subarray(4, start).toString());
  } catch {
    return 'has a header that is not JSON';
  }
  if (!isHeader(value)) return 'has a header of another shape';
  const { tool, version, args, limits, links } = value;
  if (!isCall(tool, args)) return `has arguments that ${tool} is never given`;
  const files = new Map<string, Buffer>();
  let at = start;
  for (const [path, bytes] of value.files) {
    if (files.has(path)) return 'names a file twice';
    if (at + bytes > body.length) return 'is shorter than its files';
    files.set(path, body.subarray(at, at + bytes));
    at += bytes;
  }
  if (at !== body.length) return 'is longer than its files';
  return { job: { tool, args, files, links: new Map(links), limits }, version };
}

export function encodeFailure({ message, stopped }: Extract<RunResult, { ok: false }>): string {
  return JSON.stringify({ message, ...(stopped === undefined ? {} : { stopped }) });
}

/** Null for what no renderer says. */
export function decodeFailure(text: string): Extract<RunResult, { ok: false }> | null {
  const value = parsed(text);
  if (!isRecord(value) || typeof value['message'] !== 'string') return null;
  const { message, stopped } = value;
  return { ok: false, message, ...(typeof stopped === 'string' ? { stopped } : {}) };
}

/** Null for what no renderer says. */
export function decodeStatus(text: string): RendererStatus | null {
  const value = parsed(text);
  if (!isRecord(value) || !isRecord(value['tools'])) return null;
  const { tools, isolation, warning, parallel } = value;
  const { kustomize = null, helm = null } = tools as Readonly<Record<string, unknown>>;
  const isFine =
    (kustomize === null || isTool(kustomize)) &&
    (helm === null || isTool(helm)) &&
    typeof isolation === 'string' &&
    (warning === null || typeof warning === 'string') &&
    isCount(parallel, 1, 1024);
  return isFine ? ({ tools: { kustomize, helm }, isolation, warning, parallel } as RendererStatus) : null;
}

/** What Faultline itself calls the tools with: nothing that runs another program, asks the network or reads beyond the sandbox. */
function isCall(tool: ToolName, args: readonly string[]): boolean {
  if (tool === 'kustomize') {
    const [root, option, restrictor] = args;
    const isFolder = root === '.' || (root !== undefined && isPlace(root));
    const isRestrictor = restrictor === 'LoadRestrictionsNone' || restrictor === 'LoadRestrictionsRootOnly';
    return args.length === 3 && isFolder && option === '--load-restrictor' && isRestrictor;
  }
  const end = args.indexOf('--');
  const [command, ...options] = args.slice(0, end);
  return (
    command === 'template' &&
    end === args.length - 3 &&
    isPlace(args[end + 2]!) &&
    options.every((option) => HELM_OPTION.test(option))
  );
}

const HELM_OPTION =
  /^(--(kube-version|namespace|api-versions|set|set-string)=.*|--values=values\/\d+\.yaml|--include-crds|--skip-tests|--no-hooks)$/s;

/** A path below the sandbox, and no option. */
function isPlace(path: string): boolean {
  return !path.startsWith('-') && typeof planOf({ files: new Map([[path, '']]) }) !== 'string';
}

function isHeader(value: unknown): value is Header {
  if (!isRecord(value)) return false;
  const { tool, version, args, limits, files, links } = value;
  return (
    (tool === 'kustomize' || tool === 'helm') &&
    typeof version === 'string' &&
    isListOf(args, (each) => typeof each === 'string') &&
    isRecord(limits) &&
    LIMITS.every((name) => isWithin(limits[name], RENDER_LIMITS[name])) &&
    isListOf(files, (each) => isPair(each) && isCount(each[1], 0, MOST_REQUEST)) &&
    isListOf(links, (each) => isPair(each) && typeof each[1] === 'string')
  );
}

const LIMITS = ['seconds', 'output', 'memory'] as const;

/** A limit can be lowered, never raised. */
function isWithin(value: unknown, most: number): boolean {
  return typeof value === 'number' && value > 0 && value <= most;
}

function isTool(value: unknown): value is ToolThere {
  return (
    isRecord(value) &&
    typeof value['version'] === 'string' &&
    isListOf(value['args'], (each) => typeof each === 'string')
  );
}

function isPair(value: unknown): value is readonly [string, unknown] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string';
}

function isListOf(value: unknown, is: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}

function isCount(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function bytesOf(content: Buffer | string): Buffer {
  return typeof content === 'string' ? Buffer.from(content) : content;
}
