"""Every write of the catalogue of sources: one public function per change."""
