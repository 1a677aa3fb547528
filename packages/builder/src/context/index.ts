/** @module Where COPY and ADD take files from: the build context, and what is chosen from it. */
export type * from './chosen-source.ts'
export { type FoundIgnoreFile, findIgnoreFile } from './ignore/find-ignore-file.ts'
export { type IgnorePattern, parseIgnoreFile } from './ignore/parse-ignore-file.ts'
export { type BuildContext, type OpenContextOptions, openContext } from './open-context.ts'
export { type BuildFileContent, type ReadBuildFileOptions, readBuildFile } from './read-build-file.ts'
export { type SelectSourcesOptions, selectSources } from './select-sources.ts'
export type * from './source-tree.ts'
export { sumOf } from './sum-of.ts'
