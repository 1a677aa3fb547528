/**
 * Dockerfiles within TypeScript: indented as the code around them, backslashes as they are.
 * @module
 */

/**
 * The text without the indentation of its first line, without the line breaks around it, and with one at its end. What
 * a template cannot hold, `${` and a backtick, has a backslash before it, and loses that.
 */
export function text(strings: TemplateStringsArray, ...values: readonly string[]): string {
  const whole = String.raw(strings, ...values).replaceAll(/\\(\$\{|`)/g, '$1')
  const lines = whole.replace(/^\n/, '').trimEnd().split('\n')
  const indentation = /^ */.exec(lines[0] ?? '')?.[0].length ?? 0
  return `${lines.map((line) => line.replace(new RegExp(`^ {0,${indentation}}`), '')).join('\n')}\n`
}
