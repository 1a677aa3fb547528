/** @module Contract suites and fixtures for tests of what implements the storage interfaces. */
export * from './bucket-suite.ts'
export * from './repository-suite.ts'
export * from './temporary-directory.ts'
