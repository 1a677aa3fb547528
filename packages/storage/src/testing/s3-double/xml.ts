/**
 * The XML that S3 speaks: written with every character escaped that needs it, read as far as requests have it.
 * @module
 */

/** Text, elements of that name, or for a list of values an element each. */
export type XmlContent = string | number | boolean | XmlElements | readonly XmlContent[]

export interface XmlElements {
  readonly [name: string]: XmlContent | undefined
}

/** A document: declaration, root with S3's namespace, and the elements in the order given; undefined ones are left out. */
export function xmlDocument(root: string, elements: XmlElements): string {
  const namespace = root === 'Error' ? '' : ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${namespace}>${writeElements(elements)}</${root}>`
}

/** Control characters too, which XML 1.0 does not allow even so: S3 sends them like this. */
export function escapeXml(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
  return value.replace(/[&<>"'\u0000-\u001f\u007f]/g, (character) => {
    return named[character] ?? `&#x${character.charCodeAt(0).toString(16)};`
  })
}

/** The texts of every element of that name, wherever it stands, unescaped. */
export function textsOf(xml: string, name: string): readonly string[] {
  const elements = xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([^<]*)</${name}>`, 'g'))
  return [...elements].map(([, content = '']) => unescapeXml(content))
}

/** The inner XML of every element of that name that holds elements. */
export function innerOf(xml: string, name: string): readonly string[] {
  const elements = xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>(.*?)</${name}>`, 'gs'))
  return [...elements].map(([, content = '']) => content)
}

const named: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

function writeElements(elements: XmlElements): string {
  return Object.entries(elements)
    .map(([name, content]) => (content === undefined ? '' : writeElement(name, content)))
    .join('')
}

function writeElement(name: string, content: XmlContent): string {
  if (Array.isArray(content)) return content.map((item: XmlContent) => writeElement(name, item)).join('')
  const inner = typeof content === 'object' ? writeElements(content as XmlElements) : escapeXml(String(content))
  return `<${name}>${inner}</${name}>`
}

function unescapeXml(content: string): string {
  return content.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal))
    return Object.keys(named).find((character) => named[character] === `&${name};`) ?? whole
  })
}
