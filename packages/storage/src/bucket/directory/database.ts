/**
 * The SQLite file of an embedded store: its schema and how it is opened. Cells and small objects are rows with their
 * bytes; a larger object is a row that names its data file.
 *
 * Runs in the writer thread too: imports node's own modules only.
 * @module
 */
import { DatabaseSync } from 'node:sqlite'

/** Layout of the whole directory; a newer one is refused. */
export const layoutVersion = 1
export const databaseName = 'index.db'

/** "tsrg": lets file(1) and us tell the file from other SQLite databases. */
const applicationId = 0x74_73_72_67

// BINARY collation compares the UTF-8 bytes, which is the order lists promise. `crcs` and `body` stand last: a row's
// other columns are read without touching the pages that its bytes overflow into.
const schema = `
  CREATE TABLE objects (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    file TEXT,
    metadata TEXT,
    crcs BLOB NOT NULL,
    body BLOB
  ) STRICT;
  CREATE INDEX objects_by_file ON objects (file) WHERE file IS NOT NULL;
  CREATE TABLE multiparts (
    file TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    started INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`

export interface WritableDatabaseOptions {
  /** Upper bound of the file in pages of 4 KiB; lets tests fill a store. @default none */
  readonly maxPages?: number | undefined
}

/** The one connection that writes; creates the tables of a new file. @throws Error naming a newer or foreign file. */
export function openWritableDatabase(path: string, { maxPages }: WritableDatabaseOptions = {}): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5000 })
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY')
    // A checkpoint writes pages at random places and syncs them: rarer ones cost fewer writes.
    database.exec('PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384')
    if (maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${maxPages}`)
    createTables(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** A connection that only reads; the file must have been opened for writing before. */
export function openReadableDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  database.exec('PRAGMA cache_size = -16384')
  return database
}

function createTables(database: DatabaseSync): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version)
  if (version === layoutVersion) return
  if (version !== 0) throw new Error(`${databaseName} has layout ${version}, this program knows ${layoutVersion}`)
  database.exec(`BEGIN IMMEDIATE; ${schema}
    PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${layoutVersion}; COMMIT`)
}
