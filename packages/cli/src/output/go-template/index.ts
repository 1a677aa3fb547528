/** @module Go's text/template, as far as it is typed behind `--format`. */
export { evaluateTemplate } from './evaluate.ts'
export { parseTemplate } from './parse.ts'
