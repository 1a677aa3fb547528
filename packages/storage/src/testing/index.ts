/** @module Contract suites and fixtures for tests of what implements the storage interfaces. */
export * from './bucket-suite.ts'
