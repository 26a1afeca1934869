//! `linux.resources`.

use super::json::Object;
use crate::config::{Throttle, Weight};
use crate::draft::ResourcesDraft;

pub(super) fn resources(resources: &ResourcesDraft<'_>, o: &mut Object<'_>) {
    o.list("devices", resources.devices.values(), |d, o| {
        o.in_object(|o| {
            o.boolean("allow", d.allow);
            if let Some(kind) = &d.kind {
                o.text_unless_empty("type", kind);
            }
            o.maybe_number("major", d.major);
            o.maybe_number("minor", d.minor);
            if let Some(access) = &d.access {
                o.text_unless_empty("access", access);
            }
        });
    });
    if let Some(Some(m)) = resources.memory.value() {
        o.object("memory", |o| {
            o.maybe_number("limit", m.limit);
            o.maybe_number("reservation", m.reservation);
            o.maybe_number("swap", m.swap);
            o.maybe_number("kernel", m.kernel);
            o.maybe_number("kernelTCP", m.kernel_tcp);
            o.maybe_number("swappiness", m.swappiness);
            if let Some(on) = m.disable_oom_killer {
                o.boolean("disableOOMKiller", on);
            }
            if let Some(on) = m.use_hierarchy {
                o.boolean("useHierarchy", on);
            }
        });
    }
    if let Some(Some(c)) = resources.cpu.value() {
        o.object("cpu", |o| {
            o.maybe_number("shares", c.shares);
            o.maybe_number("quota", c.quota);
            o.maybe_number("period", c.period);
            o.maybe_number("realtimeRuntime", c.realtime_runtime);
            o.maybe_number("realtimePeriod", c.realtime_period);
            o.text_unless_empty("cpus", &c.cpus);
            o.text_unless_empty("mems", &c.mems);
        });
    }
    if let Some(Some(limit)) = resources.pids.value() {
        o.object("pids", |o| o.number("limit", *limit));
    }
    if let Some(Some(b)) = resources.block_io.value() {
        o.object("blockIO", |o| {
            o.maybe_number("weight", b.weight);
            o.maybe_number("leafWeight", b.leaf_weight);
            o.list("weightDevice", b.weight_device.iter(), weight);
            o.list("throttleReadBpsDevice", b.throttle_read_bps.iter(), throttle);
            o.list("throttleWriteBpsDevice", b.throttle_write_bps.iter(), throttle);
            o.list("throttleReadIOPSDevice", b.throttle_read_iops.iter(), throttle);
            o.list("throttleWriteIOPSDevice", b.throttle_write_iops.iter(), throttle);
        });
    }
    if let Some(limits) = resources.hugepage_limits.value() {
        o.list("hugepageLimits", limits.iter(), |h, o| {
            o.in_object(|o| {
                o.text("pageSize", &h.page_size);
                o.number("limit", h.limit);
            });
        });
    }
    if let Some(Some(n)) = resources.network.value() {
        o.object("network", |o| {
            o.maybe_number("classID", n.class_id);
            o.list("priorities", n.priorities.iter(), |p, o| {
                o.in_object(|o| {
                    o.text("name", &p.name);
                    o.number("priority", p.priority);
                });
            });
        });
    }
    if let Some(Some(rdma)) = resources.rdma.value()
        && !rdma.is_empty()
    {
        o.map("rdma", rdma.iter(), |limit, o| {
            o.maybe_number("hcaHandles", limit.hca_handles);
            o.maybe_number("hcaObjects", limit.hca_objects);
        });
    }
    if let Some(Some(unified)) = resources.unified.value() {
        o.pairs("unified", unified.iter().map(|(k, v)| (k.as_str(), v.as_str())));
    }
}

fn weight(w: &Weight, o: &mut Object<'_>) {
    o.in_object(|o| {
        o.number("major", w.major);
        o.number("minor", w.minor);
        o.maybe_number("weight", w.weight);
        o.maybe_number("leafWeight", w.leaf_weight);
    });
}

fn throttle(t: &Throttle, o: &mut Object<'_>) {
    o.in_object(|o| {
        o.number("major", t.major);
        o.number("minor", t.minor);
        o.number("rate", t.rate);
    });
}
