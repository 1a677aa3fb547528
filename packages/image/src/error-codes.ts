/**
 * What goes wrong with local images: one row per code with what it means and what to do about it. Content that is
 * missing or not what its digest says keeps the codes of `@tsreg/oci`.
 * @module
 */

/** What a code means, and what the person at the keyboard can do. */
export interface ImageErrorRow {
  readonly message: string
  readonly advice: string
}

export const imageErrorCodes = {
  AMBIGUOUS_ID: {
    message: 'the ID prefix fits several images',
    advice: 'give more digits of the ID, or the name of the image',
  },
  ARCHIVE_INVALID: {
    message: 'the file is not a readable image archive',
    advice: 'check that the file is complete, or write the archive again',
  },
  ARCHIVE_UNSUPPORTED: {
    message: 'the archive uses a feature that is not supported',
    advice: 'write the archive again with a current docker, podman or skopeo',
  },
  CHAIN_UNKNOWN: {
    message: 'the layers are not unpacked',
    advice: 'unpack the image again; another process may have removed it',
  },
  FILE_CHANGED: {
    message: 'a file changed while it was read',
    advice: 'try again when nothing writes to it',
  },
  IMAGE_UNKNOWN: {
    message: 'no such image',
    advice: 'see the list of local images, or pull the image first',
  },
  IN_USE: {
    message: 'the image is named by several references',
    advice: 'remove the references one by one, or use force',
  },
  LAYER_INVALID: {
    message: 'the layer is damaged, or made to do harm',
    advice: 'do not use the image; ask whoever made it to build it again',
  },
  LAYER_TOO_LARGE: {
    message: 'the layer is larger than the limits allow',
    advice: 'if you trust the image, raise the limit that the message names',
  },
  LAYOUT_BUSY: {
    message: 'the layout is being changed by another process',
    advice: 'try again when the other process has finished',
  },
  LAYOUT_INVALID: {
    message: 'the directory is not an OCI image layout',
    advice: 'name a directory that holds the file oci-layout, or one that is empty or does not exist',
  },
  LAYOUT_UNREADABLE: {
    message: 'the layout cannot be read',
    advice: 'check the owner and the permissions of the directory',
  },
  LAYOUT_UNSUPPORTED: {
    message: 'the layout was written by a newer version',
    advice: 'use a newer version of tsreg',
  },
  NAME_UNSUPPORTED: {
    message: 'a file has a name that is not UTF-8',
    advice: 'give the file another name',
  },
  NAME_RESERVED: {
    message: 'a file has a name that layers cannot hold',
    advice: 'give the file another name: in layers, names that begin with .wh. mark deleted files',
  },
  PRIVILEGE_NEEDED: {
    message: 'the system does not allow it to this user',
    advice: 'run it as root',
  },
  REFERENCE_NEEDED: {
    message: 'there are several images, and none was named',
    advice: 'name one of them after a colon',
  },
  SNAPSHOT_EXISTS: {
    message: 'there is a writable layer of that name',
    advice: 'remove it first, or choose another name',
  },
  SNAPSHOT_UNKNOWN: {
    message: 'no such writable layer',
    advice: 'it was committed or removed; make a new one',
  },
  SNAPSHOTS_INVALID: {
    message: 'the directory does not hold snapshots',
    advice: 'name a directory that tsreg made, or one that is empty or does not exist',
  },
  SOURCE_INVALID: {
    message: 'the source of an image cannot be understood',
    advice: 'use oci:DIR[:REF], oci-archive:FILE[:REF], docker-archive:FILE[:REF] or a path such as ./image.tar',
  },
  SYSCALL_UNAVAILABLE: {
    message: 'a system call is needed that this Node cannot make',
    advice: 'use Linux and the Node that the repository brings (Node 26 or newer, with node:ffi)',
  },
} as const satisfies Record<string, ImageErrorRow>

/** The closed set of `ImageError` codes. */
export type ImageErrorCode = keyof typeof imageErrorCodes
