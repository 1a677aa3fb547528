/** A jest reporter that closes with the one line every suite of this repository closes with. @module */
export default class Summary {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
    process.stdout.write(
      `\nunit: ${results.numPassedTests} passed, ${failed} failed, ${results.numPendingTests} skipped\n`,
    )
  }
}
