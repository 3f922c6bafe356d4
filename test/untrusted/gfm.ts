import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';

/** A node of the parsed Markdown, with what the tests look at. */
export interface MarkdownNode {
  readonly type: string;
  readonly value?: string;
  readonly url?: string;
  readonly lang?: string | null;
  readonly depth?: number;
  readonly children?: readonly MarkdownNode[];
}

/** Parses Markdown as GitHub does: CommonMark with tables, strikethrough, footnotes, task lists and bare addresses. */
export function parseGfm(markdown: string): MarkdownNode {
  return fromMarkdown(markdown, {
    extensions: [gfm()],
    mdastExtensions: [gfmFromMarkdown()],
  }) as MarkdownNode;
}

export function allNodes(node: MarkdownNode): readonly MarkdownNode[] {
  return [node, ...(node.children ?? []).flatMap(allNodes)];
}

/** What people read: the text of all nodes. */
export function readText(node: MarkdownNode): string {
  return node.value ?? (node.children ?? []).map(readText).join('');
}
