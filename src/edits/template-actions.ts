/** Stands for a template's actions; no manifest holds it. */
export const ACTION_MARK = '\uE000';

/**
 * A text of the same length in which each `{{ … }}` is out of the way, so that what stands around it can be read as YAML and
 * edited in place. An action that has its line for itself becomes a comment, since it may write lines or none.
 *
 *     {{- if .ha }}          #
 *     replicas: 3            replicas: 3
 *     {{- end }}             #
 *     tag: {{ .tag }}        tag: (marks)
 */
export function withoutActions(text: string): string {
  return text.replace(ACTION, (action, at: number) => {
    const before = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
    const after = /^[^\n]*/.exec(text.slice(at + action.length))![0];
    const isAlone = /^[ \t]*$/.test(before) && /^\s*$/.test(after);
    const marks = action.replace(/[^\r\n]/g, ACTION_MARK);
    return isAlone ? marks.replace(/^\uE000|(?<=\n)\uE000/g, '#') : marks;
  });
}

/** As Go reads it: comments and texts in quotes may hold the end; what has a quote without its other one ends at the first. */
const ACTION =
  /\{\{-?\s*\/\*[^]*?\*\/\s*-?\}\}|\{\{(?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|[^"`{}]|\{(?!\{)|\}(?!\}))*\}\}|\{\{[^]*?\}\}/g;
