/**
 * Words being put together from pieces.
 * @module
 */
import { isSpace } from '../characters.ts'

export class WordList {
  readonly #words: string[] = []
  #word = ''

  /** Goes on with the word, blanks and all. */
  add(piece: string): void {
    this.#word += piece
  }

  /** Goes on with the word, and ends it at each blank. */
  addSplit(piece: string): void {
    let start = 0
    for (let at = 0; at < piece.length; at += 1) {
      if (!isSpace(piece.charAt(at))) continue
      this.add(piece.slice(start, at))
      this.end()
      start = at + 1
    }
    this.add(piece.slice(start))
  }

  /** A word without a character is none. */
  end(): void {
    if (this.#word !== '') this.#words.push(this.#word)
    this.#word = ''
  }

  all(): readonly string[] {
    this.end()
    return this.#words
  }
}
