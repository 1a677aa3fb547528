/**
 * What a build did, as one JSON document.
 * @module
 */
import type { BuildEvent, BuiltImage } from '@tsreg/builder'

interface StepReport {
  readonly step: number
  readonly text: string
  cached: boolean
  imageId: string | null
  containerId: string | null
  /** Why it was not found in the cache; empty without `--explain`. */
  reasons: readonly string[]
}

export class BuildReport {
  readonly #steps: StepReport[] = []
  readonly #warnings: string[] = []

  /** Sees each event before it is told. */
  watch(tell: (event: BuildEvent) => void): (event: BuildEvent) => void {
    return (event) => {
      this.#take(event)
      tell(event)
    }
  }

  document(image: BuiltImage, references: readonly string[]) {
    return {
      imageId: image.imageId ?? null,
      digest: image.manifest?.digest ?? null,
      references,
      created: image.created ?? null,
      steps: this.#steps,
      warnings: this.#warnings,
    }
  }

  #take(event: BuildEvent): void {
    if (event.kind === 'step') this.#steps.push(begun(event))
    if (event.kind === 'warning') this.#warnings.push(event.text)
    const step = this.#steps.at(-1)
    if (step === undefined) return
    if (event.kind === 'cached') step.cached = true
    if (event.kind === 'miss') step.reasons = event.reasons
    if (event.kind !== 'image') return
    step.imageId = event.imageId ?? null
    step.containerId = event.containerId ?? null
  }
}

function begun({ step, text }: BuildEvent & { readonly kind: 'step' }): StepReport {
  return { step, text, cached: false, imageId: null, containerId: null, reasons: [] }
}
