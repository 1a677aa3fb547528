/**
 * What a template says, as a tree (Go's text/template, "Actions", "Arguments" and "Pipelines").
 * @module
 */

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  /** `{{pipeline}}`; one that sets variables prints nothing. */
  | { readonly kind: 'print'; readonly pipeline: Pipeline }
  /** `{{if}}` and `{{with}}`, which makes the value the dot. `{{else if}}` is one in `otherwise`. */
  | ({ readonly kind: 'if' | 'with' | 'range'; readonly pipeline: Pipeline } & Branches)

export interface Branches {
  readonly body: readonly TemplateNode[]
  readonly otherwise: readonly TemplateNode[]
}

/** `$name := command | command`: each command gets the value of the one before it as its last argument. */
export interface Pipeline {
  /** Names of variables that get the value, with their `$`; of `range` two are key and element. */
  readonly variables: readonly string[]
  /** `=` in place of `:=`: the variables are there already. */
  readonly assigns: boolean
  /** At least one. */
  readonly commands: readonly Command[]
}

/** One term is a value; a function may have arguments behind it. */
export type Command = readonly [first: Term, ...rest: readonly Term[]]

export type Term =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'dot' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline }
  /** `.Config.Env`, `$x.Name`, `(index .Mounts 0).Source` */
  | { readonly kind: 'field'; readonly of: Term; readonly name: string }
