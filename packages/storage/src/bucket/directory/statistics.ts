/**
 * What a directory bucket counts: for metrics, and for tests that assert work instead of time.
 * @module
 */

/** Counters since the bucket was opened, and a few gauges. */
export interface DirectoryStatistics {
  /** Rows that pages of lists were made of. */
  rowsListed: number
  /** Bytes of bodies that became rows. */
  cellBytesWritten: number
  /** Bytes that went to data files. */
  dataBytesWritten: number
  /** Bytes read from data files. */
  dataBytesRead: number
  /** Bytes of data files that the kernel sent without their being read. */
  kernelBytesSent: number
  /** Transactions committed. */
  commits: number
  /** Writes (conditions that did not hold included). */
  writes: number
  /** Reads of cells answered from memory. */
  cacheHits: number
  /** Reads of cells that went to the database. */
  cacheMisses: number
  /** Objects sent from the memory that keeps hot ones. */
  hotReads: number
  /** Blocks, rows or files that did not match their checksums. */
  corruptChunks: number
  /** Data files that a crash had left behind and the sweep removed. */
  orphansRemoved: number
}

export function newStatistics(): DirectoryStatistics {
  return {
    rowsListed: 0,
    cellBytesWritten: 0,
    dataBytesWritten: 0,
    dataBytesRead: 0,
    kernelBytesSent: 0,
    commits: 0,
    writes: 0,
    cacheHits: 0,
    cacheMisses: 0,
    hotReads: 0,
    corruptChunks: 0,
    orphansRemoved: 0,
  }
}
