// What ACPICA includes behind its own declarations: nothing more.
#pragma once
