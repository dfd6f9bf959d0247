// ts-mls behind the JSON lines of `crossband mls-peer`, so that one test drives both.
//
// One request a line on standard input, one reply a line on standard output, binary fields in
// base64. Where ts-mls 1.6.4 leaves RFC 9420 there is a shim in the driver, marked so.

import { createInterface } from "node:readline"
import { p256, p384, p521 } from "@noble/curves/nist.js"
import {
  acceptAll, ciphersuites, createApplicationMessage, createCommit, createGroup, createProposal,
  decodeMlsMessage, defaultCapabilities, defaultLifetime, encodeMlsMessage,
  generateKeyPackageWithKey, getCiphersuiteFromName, getCiphersuiteImpl, joinGroup,
  joinGroupExternal, makePskIndex, mlsExporter, processMessage,
} from "ts-mls"
import { createGroupInfo } from "ts-mls/createCommit.js"
import { encode } from "ts-mls/codec/tlsEncoder.js"
import { getOwnLeafNode } from "ts-mls/clientState.js"
import { makeKeyPackageRef } from "ts-mls/keyPackage.js"
import { protectExternalProposalPublic } from "ts-mls/messageProtectionPublic.js"
import { decodeRatchetTree, ratchetTreeEncoder } from "ts-mls/ratchetTree.js"
import { treeHashRoot } from "ts-mls/treeHash.js"

const base64 = (bytes) => Buffer.from(bytes).toString("base64")
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"))
const names = Object.fromEntries(Object.entries(ciphersuites).map(([name, id]) => [id, name]))
const members = new Map()

const suite = (id) => getCiphersuiteImpl(getCiphersuiteFromName(names[id]))
const message = (kind, body) => base64(encodeMlsMessage({ version: "mls10", wireformat: kind, ...body }))

function decoded(text, kind) {
  const found = decodeMlsMessage(bytes(text), 0)
  if (found === undefined) throw new Error("CodecError: not an MLSMessage")
  if (kind && found[0].wireformat !== kind) throw new Error(`not a ${kind}`)
  return found[0]
}

const keyPackageOf = (text) => decoded(text, "mls_key_package").keyPackage
const psks = (me) => makePskIndex(me.state, me.psks)
const addOf = (text) => ({ proposalType: "add", add: { keyPackage: keyPackageOf(text) } })
const removeOf = (leaf) => ({ proposalType: "remove", remove: { removed: leaf } })
const treeOf = (text) => (text === undefined ? undefined : decodeRatchetTree(bytes(text), 0)[0])

function pskOf(me, id) {
  const psk = { psktype: "external", pskId: bytes(id), pskNonce: me.cs.rng.randomBytes(me.cs.kdf.size) }
  return { proposalType: "psk", psk: { preSharedKeyId: psk } }
}

const extensionsOf = (list) =>
  list.map(({ type, data }) => ({ extensionType: type, extensionData: bytes(data) }))

// shim: ts-mls makes compressed points as ECDSA public keys; the RFC wants uncompressed ones.
async function signatureKeys(cs) {
  const { signKey, publicKey } = await cs.signature.keygen()
  const curve = { 33: p256, 49: p384, 67: p521 }[publicKey.length]
  return { signKey, publicKey: curve ? curve.getPublicKey(signKey, false) : publicKey }
}

async function stateOf(me) {
  const { groupContext, ratchetTree, keySchedule } = me.state
  const leaves = ratchetTree
    .map((node, index) => [node, index])
    .filter(([node, index]) => index % 2 === 0 && node !== undefined)
  return {
    groupId: base64(groupContext.groupId),
    epoch: Number(groupContext.epoch),
    epochAuthenticator: base64(keySchedule.epochAuthenticator),
    treeHash: base64(await treeHashRoot(ratchetTree, me.cs.hash)),
    confirmedTranscriptHash: base64(groupContext.confirmedTranscriptHash),
    members: leaves.map(([node, index]) => ({
      leaf: index / 2,
      identity: new TextDecoder().decode(node.leaf.credential.identity),
    })),
    active: me.state.groupActiveState.kind === "active",
  }
}

const operations = {
  async hello() {
    const suites = []
    for (const id of [1, 2, 3, 4, 5, 6, 7]) {
      try {
        const cs = await suite(id)
        await cs.signature.keygen()
        await cs.hpke.generateKeyPair()
        suites.push(id)
      } catch { /* this platform lacks the suite */ }
    }
    return { suites, version: "ts-mls 1.6.4" }
  },

  async keypackage(me, { identity, suite: id = 2 }) {
    me.cs = await suite(id)
    const credential = { credentialType: "basic", identity: new TextEncoder().encode(identity) }
    const keys = me.keys?.[id] ?? (await signatureKeys(me.cs))
    const made = await generateKeyPackageWithKey(
      credential, defaultCapabilities(), defaultLifetime, [], keys, me.cs)
    me.kp = made
    me.keys = { ...me.keys, [id]: keys }
    return {
      keyPackage: message("mls_key_package", { keyPackage: made.publicPackage }),
      ref: base64(await makeKeyPackageRef(made.publicPackage, me.cs.hash)),
      signaturePublicKey: base64(keys.publicKey),
    }
  },

  async create(me, { groupId, extensions = [] }) {
    const { publicPackage, privatePackage } = me.kp
    me.state = await createGroup(bytes(groupId), publicPackage, privatePackage, extensionsOf(extensions), me.cs)
    return { state: await stateOf(me) }
  },

  async commit(me, request) {
    const extraProposals = [
      ...(request.add ?? []).map(addOf),
      ...(request.remove ?? []).map(removeOf),
      ...(request.psk ?? []).map((id) => pskOf(me, id)),
    ]
    if (request.gce) {
      extraProposals.push({
        proposalType: "group_context_extensions",
        groupContextExtensions: { extensions: extensionsOf(request.gce) },
      })
    }
    const made = await createCommit(
      { state: me.state, cipherSuite: me.cs, pskIndex: psks(me) },
      {
        extraProposals,
        wireAsPublicMessage: request.public ?? true,
        ratchetTreeExtension: request.treeInWelcome ?? true,
        authenticatedData: bytes(request.aad ?? ""),
      })
    me.pending = made.newState
    if (request.merge) await operations.merge(me)
    return {
      commit: base64(encodeMlsMessage(made.commit)),
      welcome: made.welcome && message("mls_welcome", { welcome: made.welcome }),
      tree: base64(encode(ratchetTreeEncoder)(made.newState.ratchetTree)),
      state: await stateOf(me),
    }
  },

  add: (me, { keyPackages }) => operations.commit(me, { add: keyPackages, merge: true }),

  async merge(me) {
    if (me.pending === undefined) throw new Error("nothing pending")
    me.state = me.pending
    me.pending = undefined
    return { state: await stateOf(me) }
  },

  async discard(me) {
    me.pending = undefined
    return { state: await stateOf(me) }
  },

  async join(me, { welcome, tree }) {
    const { publicPackage, privatePackage } = me.kp
    me.state = await joinGroup(
      decoded(welcome, "mls_welcome").welcome, publicPackage, privatePackage,
      makePskIndex(undefined, me.psks), me.cs, treeOf(tree))
    return { state: await stateOf(me) }
  },

  async encrypt(me, { data, aad = "" }) {
    const made = await createApplicationMessage(me.state, bytes(data), me.cs, bytes(aad))
    me.state = made.newState
    return { message: message("mls_private_message", { privateMessage: made.privateMessage }) }
  },

  async decrypt(me, { message: text }) {
    const found = decoded(text, "mls_private_message")
    const result = await processMessage(found, me.state, psks(me), acceptAll, me.cs)
    if (result.kind !== "applicationMessage") throw new Error("not an application message")
    me.state = result.newState
    return {
      data: base64(result.message),
      aad: base64(found.privateMessage.authenticatedData),
      epoch: Number(found.privateMessage.epoch),
    }
  },

  async process(me, { message: text }) {
    const before = me.state.groupContext.epoch
    const result = await processMessage(decoded(text), me.state, psks(me), acceptAll, me.cs)
    if (result.kind !== "newState") throw new Error("not a handshake")
    me.state = result.newState
    me.pending = undefined
    return {
      kind: me.state.groupContext.epoch === before ? "proposal" : "commit",
      state: await stateOf(me),
    }
  },

  async propose(me, request) {
    let proposal
    if (request.add !== undefined) proposal = addOf(request.add)
    else if (request.remove !== undefined) proposal = removeOf(request.remove)
    else proposal = pskOf(me, request.psk)
    const made = await createProposal(me.state, request.public ?? true, proposal, me.cs)
    me.state = made.newState
    return { message: base64(encodeMlsMessage(made.message)) }
  },

  async groupinfo(me, { tree = true }) {
    // shim: ts-mls writes external_pub as the bare key; the RFC gives it a vector length.
    const { publicKey } = await me.cs.hpke.deriveKeyPair(me.state.keySchedule.externalSecret)
    const key = await me.cs.hpke.exportPublicKey(publicKey)
    const extensions = [{ extensionType: "external_pub", extensionData: vector(key) }]
    if (tree) {
      const extensionData = encode(ratchetTreeEncoder)(me.state.ratchetTree)
      extensions.push({ extensionType: "ratchet_tree", extensionData })
    }
    const info = await createGroupInfo(me.state.groupContext, me.state.confirmationTag, me.state, extensions, me.cs)
    return { groupInfo: message("mls_group_info", { groupInfo: info }) }
  },

  async "external-join"(me, { groupInfo, tree, resync = false }) {
    const info = decoded(groupInfo, "mls_group_info").groupInfo
    // shim: the same for reading; what is verified stays as it was signed.
    const find = info.extensions.find.bind(info.extensions)
    info.extensions.find = (test) => {
      const found = find(test)
      if (found?.extensionType !== "external_pub") return found
      return { ...found, extensionData: unvector(found.extensionData) }
    }
    const { publicPackage, privatePackage } = me.kp
    const joined = await joinGroupExternal(info, publicPackage, privatePackage, resync, me.cs, treeOf(tree))
    me.state = joined.newState
    return {
      commit: message("mls_public_message", { publicMessage: joined.publicMessage }),
      state: await stateOf(me),
    }
  },

  async "external-propose"(me, { groupInfo, add, remove, signKey }) {
    const { groupContext } = decoded(groupInfo, "mls_group_info").groupInfo
    const proposal = add === undefined ? removeOf(remove) : addOf(add)
    // shim: ts-mls knows external_senders as one sender without a vector; here it is the first.
    const sender = { senderType: "external", senderIndex: 0 }
    const cs = await suite(ciphersuites[groupContext.cipherSuite])
    const made = await protectExternalProposalPublic(
      bytes(signKey), groupContext, new Uint8Array(), proposal, sender, cs)
    return { message: message("mls_public_message", { publicMessage: made.publicMessage }) }
  },

  async sigkey(me) {
    const { signKey, publicKey } = await signatureKeys(me.cs)
    return { signKey: base64(signKey), signPub: base64(publicKey) }
  },

  async export(me, { label, context = "", length }) {
    const secret = await mlsExporter(me.state.keySchedule.exporterSecret, label, bytes(context), length, me.cs)
    return { secret: base64(secret) }
  },

  async psk(me, { pskId, secret }) {
    me.psks[pskId] = bytes(secret)
    return {}
  },

  info: async (me) => ({ state: await stateOf(me), own: base64(getOwnLeafNode(me.state).signaturePublicKey) }),
}

function vector(data) {
  const size = data.length
  const head = size < 64 ? [size] : [0x40 | (size >> 8), size & 0xff]
  return new Uint8Array([...head, ...data])
}

const unvector = (data) => data.slice(data[0] < 64 ? 1 : 2)

for await (const line of createInterface({ input: process.stdin })) {
  let id = null
  let reply
  try {
    const request = JSON.parse(line)
    id = request.id ?? null
    const name = request.as ?? "me"
    if (!members.has(name)) members.set(name, { psks: {} })
    const operation = operations[request.op]
    if (operation === undefined) throw new Error(`no operation ${request.op}`)
    reply = { id, ok: true, ...(await operation(members.get(name), request)) }
  } catch (error) {
    reply = { id, ok: false, error: `${error.name}: ${error.message}` }
  }
  process.stdout.write(JSON.stringify(reply) + "\n")
}
