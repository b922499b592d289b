//! The gRPC interface of Klartext: generated messages, clients and servers, and their canonical JSON.

use prost::{Message, Name};
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use std::sync::LazyLock;

/// Version 1 of the interface; the documentation is in `proto/klartext/v1/*.proto`.
pub mod v1 {
    #![allow(clippy::all, reason = "generated code")]
    tonic::include_proto!("klartext.v1");
}

/// The encoded `FileDescriptorSet`, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(DESCRIPTORS).expect("the build made these descriptors"));

/// The message as proto3 canonical JSON (<https://protobuf.dev/programming-guides/json/>), lowerCamelCase names.
///
/// Fields without presence are left out when they have their default value, as the specification has it.
pub fn to_canonical_json<M: Message + Name>(message: &M) -> serde_json::Value {
    let descriptor = POOL.get_message_by_name(&M::full_name()).expect("every generated message is in the pool");
    let mut dynamic = DynamicMessage::new(descriptor);
    dynamic.transcode_from(message).expect("a message matches its own descriptor");
    dynamic
        .serialize_with_options(serde_json::value::Serializer, &SerializeOptions::new())
        .expect("finite numbers and string keys always serialise")
}

/// Every method of the interface: the full name of its service, and its own name.
pub fn methods() -> Vec<(String, String)> {
    let of_service = |service: prost_reflect::ServiceDescriptor| {
        let names: Vec<String> = service.methods().map(|method| method.name().to_owned()).collect();
        names.into_iter().map(move |method| (service.full_name().to_owned(), method))
    };
    POOL.services().flat_map(of_service).collect()
}
