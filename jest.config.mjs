/** Tests run on the TypeScript sources: every `@tsreg/<package>[/<folder>]` is that package's `src[/<folder>]/index.ts`. */
export default {
  testMatch: ['<rootDir>/packages/*/src/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'esnext', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  moduleNameMapper: {
    '^@tsreg/([a-z]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^@tsreg/([a-z]+)/(.+)$': '<rootDir>/packages/$1/src/$2/index.ts',
  },
  testTimeout: 20_000,
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/infra/jest-summary.mjs'],
}
