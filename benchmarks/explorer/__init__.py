"""The questions of somebody who explores the figures of a large group, beside the same ones plainly in pandas."""
