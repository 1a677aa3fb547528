/** @module Contract suites: what every implementation of a port must do. For tests only. */
export * from './target-suite.ts'
